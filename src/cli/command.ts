import { resolve } from 'node:path';
import type { Command } from 'commander';
import { readEnvFiles } from '../disk/env-file.ts';
import { OperatorError, type Problem } from '../domain/errors.ts';
import { parseDuration } from '../domain/units.ts';
import { type Connection, connect } from './connect.ts';
import type { Io } from './io.ts';
import { jsonOutput } from './output/json-text.ts';
import { type Paint, paintFor } from './output/paint.ts';
import { visible } from './output/visible.ts';

/** Rows of a list's longest page. */
const MOST_ROWS = 500;

/** Options that every command takes. */
export interface CommonOptions {
  readonly config?: string;
  readonly json?: boolean;
  readonly envFile?: readonly string[];
}

/** What a command's action works with. */
export interface Session {
  /** Its environment includes the files of --env-file. */
  readonly io: Io;
  /** What those files deserve a word about. */
  readonly warnings: readonly Problem[];
  /** Reads those files again; throws `env_file_refused`. */
  readEnvironment(): {
    readonly env: Io['env'];
    readonly warnings: readonly Problem[];
    readonly files: readonly string[];
  };
  readonly paint: Paint;
  readonly json: boolean;
  /** What --config says; null: look in the usual places. */
  readonly config: string | null;
  /** Writes a value as JSON when --json was given, else as the text that `render` makes of it. */
  show<T>(value: T, render: (value: T) => string): void;
  /** Connects, hands the connection to `use`, and closes it whatever happens. */
  withGateway<T>(need: 'read' | 'write', use: (connection: Connection) => Promise<T>): Promise<T>;
}

/** An action of the command line; resolves to the exit code. */
export type Action<Options, Args extends readonly unknown[] = readonly []> = (
  session: Session,
  options: Options & CommonOptions,
  ...args: Args
) => Promise<number>;

/** Adds one command's name, help and action to its parent. */
export type AddCommand = (parent: Command, run: Runner) => void;

/** Wraps an action so that its exit code and errors reach `runCli`. */
export type Runner = <Options, Args extends readonly unknown[] = readonly []>(
  action: Action<Options, Args>,
) => (...given: unknown[]) => Promise<void>;

/** The session of one command. */
export function sessionOf(own: Io, { config, json = false, envFile = [] }: CommonOptions): Session {
  const readEnvironment = () => {
    const { values, warnings } = readEnvFiles(envFile, own.cwd);
    // As with Node and Docker, what the process was given itself wins.
    return { env: { ...values, ...own.env }, warnings, files: envFile.map((file) => resolve(own.cwd, file)) };
  };
  const { env, warnings } = readEnvironment();
  const io = { ...own, env };
  const explicit = config === undefined || config === '' ? null : config;
  return {
    io,
    warnings,
    readEnvironment,
    paint: paintFor(io.stdout),
    json,
    config: explicit,
    show(value, render) {
      io.stdout.write(json ? jsonOutput(value, io.stdout) : render(visible(value)));
    },
    async withGateway(need, use) {
      const connection = await connect({ io, config: explicit, need });
      try {
        return await use(connection);
      } finally {
        await connection.close();
      }
    },
  };
}

/** Milliseconds of a duration given as an option. */
export function durationOf(option: string, text: string): number {
  const ms = parseDuration(text);
  if (ms !== null) return ms;
  throw new OperatorError('usage', `${option} "${text}" is not a duration`, {
    hint: 'write 250ms, 30s, 15m, 6h or 7d',
  });
}

/** A whole number given as an option. */
export function wholeNumberOf(option: string, text: string): number {
  if (/^-?\d{1,9}$/.test(text)) return Number(text);
  throw new OperatorError('usage', `${option} "${text}" is not a whole number`, { hint: 'write digits only' });
}

/** A page's --limit, as the query takes it. */
export function limitOf(text: string): string {
  if (/^\d{1,3}$/.test(text) && Number(text) >= 1 && Number(text) <= MOST_ROWS) return text;
  throw new OperatorError('usage', `--limit "${text}" is not a number from 1 to ${MOST_ROWS}`, {
    hint: 'see more than one page with --cursor',
  });
}
