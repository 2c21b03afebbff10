import { Command, CommanderError } from 'commander';
import { addCheck } from './check.ts';
import { type Action, type CommonOptions, type Runner, sessionOf } from './command.ts';
import { addEmit } from './emit.ts';
import { addEvent } from './event.ts';
import { addInit } from './init.ts';
import type { Io } from './io.ts';
import { addJob } from './job.ts';
import { fail } from './output/failure.ts';
import { addPlugin } from './plugin.ts';
import { addRoute } from './route.ts';
import { addRun } from './run.ts';
import { addSchedule } from './schedule.ts';
import { addSchema } from './schema.ts';
import { addStart } from './start.ts';
import { addStatus } from './status.ts';
import { VERSION } from './version.ts';

const COMMANDS = [
  addInit,
  addStart,
  addCheck,
  addStatus,
  addRun,
  addEmit,
  addJob,
  addEvent,
  addPlugin,
  addSchedule,
  addRoute,
  addSchema,
];

/** Runs one command line and resolves to its exit code; everything it says goes through `io`. */
export async function runCli(argv: readonly string[], io: Io): Promise<number> {
  let exitCode = 0;
  const run: Runner =
    (action) =>
    async (...given) => {
      exitCode = await perform(action as Action<unknown, readonly unknown[]>, given, io);
    };
  const program = buildProgram(io, run);
  try {
    await program.parseAsync([...argv], { from: 'user' });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    return fail(error, { sink: io.stderr, json: argv.includes('--json') });
  }
}

/** The whole command tree, every leaf with the common options. */
export function buildProgram(io: Io, run: Runner): Command {
  const program = new Command('ductile')
    .description('A lightweight, self-hosted integration gateway: one durable queue, plugins in any language.')
    .version(VERSION)
    .showHelpAfterError('(add --help for the options and an example)')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => io.stdout.write(text),
      writeErr: (text) => io.stderr.write(text),
      getOutHelpWidth: () => Math.min(io.stdout.columns, 100),
      getErrHelpWidth: () => Math.min(io.stderr.columns, 100),
    });
  for (const add of COMMANDS) add(program, run);
  for (const leaf of leaves(program)) {
    leaf
      .option('-c, --config <file>', 'configuration file (default: $DUCTILE_CONFIG, ./ductile.yaml, …)')
      .option('--json', 'print JSON: what the API returns, errors too');
  }
  return program;
}

/** Every command of the tree that does something itself. */
export function leaves(command: Command): readonly Command[] {
  return command.commands.length === 0 ? [command] : command.commands.flatMap(leaves);
}

async function perform(
  action: Action<unknown, readonly unknown[]>,
  given: readonly unknown[],
  io: Io,
): Promise<number> {
  // Commander hands over the arguments, then the options, then the command itself.
  const options = given.at(-2) as CommonOptions;
  const args = given.slice(0, -2);
  try {
    return await action(sessionOf(io, options), options, ...args);
  } catch (error) {
    return fail(error, { sink: io.stderr, json: options.json ?? false });
  }
}
