import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { OperatorError } from '../domain/errors.ts';
import type { Json } from '../domain/json.ts';
import { parseDuration } from '../domain/units.ts';
import { type Connection, connect } from './connect.ts';
import type { Io } from './io.ts';
import { type Paint, paintFor } from './output/paint.ts';

/** Options that every command takes. */
export interface CommonOptions {
  readonly config?: string;
  readonly json?: boolean;
}

/** What a command's action works with. */
export interface Session {
  readonly io: Io;
  readonly paint: Paint;
  readonly json: boolean;
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
export function sessionOf(io: Io, { config = io.env.DUCTILE_CONFIG, json = false }: CommonOptions): Session {
  const explicit = config === undefined || config === '' ? null : config;
  return {
    io,
    paint: paintFor(io.stdout),
    json,
    config: explicit,
    show(value, render) {
      io.stdout.write(json ? `${JSON.stringify(value, null, io.stdout.isTerminal ? 2 : undefined)}\n` : render(value));
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

/** The JSON value of `--payload`: JSON text, `@file`, or `-` for standard input. */
export async function payloadOf(text: string | undefined, io: Io): Promise<Json> {
  if (text === undefined) return {};
  const source = await sourceOf(text, io);
  try {
    return JSON.parse(source.text) as Json;
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new OperatorError('invalid_payload', `${source.name} is not valid JSON: ${why}`, { cause: error });
  }
}

async function sourceOf(text: string, io: Io): Promise<{ readonly name: string; readonly text: string }> {
  if (text === '-') return { name: 'standard input', text: await io.readStdin() };
  if (!text.startsWith('@')) return { name: 'the payload', text };
  const file = text.slice(1);
  try {
    return { name: file, text: readFileSync(file, 'utf8') };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new OperatorError('invalid_payload', `the payload file cannot be read: ${why}`, { cause: error });
  }
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
  throw new OperatorError('usage', `${option} "${text}" is not a whole number`);
}
