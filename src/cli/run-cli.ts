import { Command, CommanderError } from 'commander';
import { nearest } from '../domain/did-you-mean.ts';
import { OperatorError } from '../domain/errors.ts';
import { addBackup } from './backup.ts';
import { addBundle } from './bundle.ts';
import { addCheck } from './check.ts';
import { type Action, type CommonOptions, type Runner, sessionOf } from './command.ts';
import { addCompletion } from './completion.ts';
import { addConfig } from './config.ts';
import { addDb } from './db.ts';
import { addDead } from './dead.ts';
import { addDecision } from './decision.ts';
import { addDoctor } from './doctor.ts';
import { addEmit } from './emit.ts';
import { addEvent } from './event.ts';
import { addExpect } from './expect.ts';
import { addExplain } from './explain.ts';
import { addInit } from './init.ts';
import { addInstance } from './instance.ts';
import type { Io } from './io.ts';
import { addJob } from './job.ts';
import { addLogs } from './logs.ts';
import { fail } from './output/failure.ts';
import { addPause } from './pause.ts';
import { addPlugin } from './plugin.ts';
import { addReload } from './reload.ts';
import { addReplay } from './replay.ts';
import { addRestore } from './restore.ts';
import { addRoute } from './route.ts';
import { addRun } from './run.ts';
import { addSchedule } from './schedule.ts';
import { addSchema } from './schema.ts';
import { addSecret } from './secret.ts';
import { addStart } from './start.ts';
import { addStatus } from './status.ts';
import { addToken } from './token.ts';
import { addTrace } from './trace.ts';
import { VERSION } from './version.ts';
import { addWebhook } from './webhook.ts';

const COMMANDS = [
  addInit,
  addStart,
  addCheck,
  addDoctor,
  addStatus,
  addExplain,
  addTrace,
  addLogs,
  addReload,
  addRun,
  addEmit,
  addJob,
  addReplay,
  addBundle,
  addDead,
  addEvent,
  addDecision,
  addExpect,
  addPause,
  addInstance,
  addPlugin,
  addSchedule,
  addRoute,
  addWebhook,
  addToken,
  addConfig,
  addSecret,
  addBackup,
  addRestore,
  addDb,
  addSchema,
  addCompletion,
];

/** Widest text of a help page, in characters. */
const HELP_COLUMNS = 100;

/** Runs one command line and resolves to its exit code; everything it says goes through `io`. */
export async function runCli(argv: readonly string[], io: Io): Promise<number> {
  let exitCode = 0;
  const run: Runner =
    (action) =>
    async (...given) => {
      exitCode = await perform(action as Action<unknown, readonly unknown[]>, given, io);
    };
  try {
    await buildProgram(io, run).parseAsync([...argv], { from: 'user' });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return 0;
    return fail(error, { sink: io.stderr, json: argv.includes('--json') });
  }
}

/** The whole command tree; a wrong use of it throws OperatorError `usage`, help and version a CommanderError. */
export function buildProgram(io: Io, run: Runner): Command {
  const program = new Command('ductile')
    .description('A lightweight, self-hosted integration gateway: one durable queue, plugins in any language.')
    .version(VERSION)
    .option('-c, --config <file>', 'configuration file (default: $DUCTILE_CONFIG, ./ductile.yaml, …)')
    .option('--env-file <file>', 'variables for ${NAME} in the configuration; can be given again', collect)
    .option('--json', 'print JSON: what the API returns, errors too')
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({
      writeOut: (text) => io.stdout.write(text),
      // Nothing but the help of a command that was named without a subcommand; errors go the way of all others.
      writeErr: (text) => io.stdout.write(text),
      outputError: () => {},
      getOutHelpWidth: () => Math.min(io.stdout.columns, HELP_COLUMNS),
      getErrHelpWidth: () => Math.min(io.stdout.columns, HELP_COLUMNS),
    });
  for (const add of COMMANDS) add(program, run);
  program.addHelpText('after', '\nExample:\n  $ ductile init my-automations && cd my-automations && ductile start');
  for (const command of [program, ...descendants(program)]) {
    command.exitOverride((error) => {
      throw isHelp(error) ? error : usageError(error, command);
    });
  }
  return program;
}

function collect(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value];
}

/** Every command of the tree that does something itself. */
export function leaves(command: Command): readonly Command[] {
  return command.commands.length === 0 ? [command] : command.commands.flatMap(leaves);
}

function descendants(command: Command): readonly Command[] {
  return command.commands.flatMap((child) => [child, ...descendants(child)]);
}

function isHelp({ code, exitCode }: CommanderError): boolean {
  return exitCode === 0 || code === 'commander.help';
}

function usageError({ message }: CommanderError, command: Command): OperatorError {
  const [said = '', meant] = message.replace(/^error: /, '').split('\n');
  const words: string[] = [];
  for (let at: Command | null = command; at !== null; at = at.parent) words.unshift(at.name());
  const suggestion = /\(Did you mean (.+)\?\)/.exec(meant ?? '')?.[1] ?? nearestChoice(said);
  const hint = suggestion === null ? `see \`${words.join(' ')} --help\`` : `did you mean ${suggestion}?`;
  return new OperatorError('usage', said, { hint });
}

/** The allowed value that somebody may have meant, out of Commander's message about one that is not. */
function nearestChoice(said: string): string | null {
  const [, given, choices] = /argument '(.*)' is invalid\. Allowed choices are (.+)\.$/.exec(said) ?? [];
  return given === undefined || choices === undefined ? null : nearest(given, choices.split(', '));
}

async function perform(
  action: Action<unknown, readonly unknown[]>,
  given: readonly unknown[],
  io: Io,
): Promise<number> {
  // Commander hands over the arguments, then the options, then the command itself.
  const command = given.at(-1) as Command;
  const options = command.optsWithGlobals<CommonOptions>();
  try {
    return await action(sessionOf(io, options), options, ...given.slice(0, -2));
  } catch (error) {
    return fail(error, { sink: io.stderr, json: options.json ?? false });
  }
}
