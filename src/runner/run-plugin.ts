import { existsSync } from 'node:fs';
import { type Instance, type Program, timeoutFor } from '../domain/instance.ts';
import { compileSchema } from '../domain/json-schema.ts';
import { createLeakNotes, type LeakNotes } from '../domain/leak.ts';
import type { KeptResponse, Outcome, Run } from '../domain/outcome.ts';
import type { Clock } from '../platform/clock.ts';
import type { AttemptInput } from './attempt-input.ts';
import { withoutProcess } from './evidence.ts';
import { createLaunch, type Launch } from './launch.ts';
import type { ProcessRegister } from './process-register.ts';
import { runEntrypoint } from './run-entrypoint.ts';
import { runExec } from './run-exec.ts';

/** One attempt to run. */
export type RunRequest = AttemptInput;

/** Runs one attempt and tells how it ended, with its evidence bounded and masked; never throws. */
export type RunPlugin = (request: RunRequest) => Promise<Run & KeptResponse>;

/** What running plugins needs besides the request. */
export interface RunnerParts {
  readonly clock: Clock;
  /** The gateway's own. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** The trust check, made right before the spawn: null, or the reason to refuse. */
  readonly inspect: (instance: Instance) => string | null;
  /** Where the leaders of running attempts are noted. */
  readonly register?: ProcessRegister;
  /** What no sandbox may see; default: nothing. */
  readonly stateDir?: string;
}

/** Makes the function that runs attempts. */
export function createRunPlugin(parts: RunnerParts): RunPlugin {
  return async (request) => {
    const { clock } = parts;
    const startedAt = clock.now();
    let started = false;
    const launched = (): void => {
      started = true;
    };
    try {
      const refusal = refuse(request, parts);
      if (refusal !== null) return withoutProcess(refusal, { startedAt, endedAt: clock.now() });
      const leaks = createLeakNotes();
      const ended = await run({ input: request, leaks }, parts, launched);
      return { ...ended, leaks: leaks.list() };
    } catch (error) {
      // A bug, or a directory that went away. A process may have had its effect; then it must not pass for unstarted.
      const message = `the attempt failed inside the gateway: ${error instanceof Error ? error.message : String(error)}`;
      const outcome: Outcome = started
        ? { kind: 'malformed', code: 'invalid_output', message }
        : { kind: 'spawn_failed', message };
      return withoutProcess(outcome, { startedAt, endedAt: clock.now() });
    }
  };
}

/** Why the attempt would be in vain; trust is looked at last, since it may change until the very spawn. */
function refuse({ job, instance }: RunRequest, { inspect }: RunnerParts): Outcome | null {
  const command = instance.manifest.commands.get(job.command);
  if (command === undefined) {
    const known = [...instance.manifest.commands.keys()].join(', ');
    const message = `the plugin "${instance.plugin}" does not declare the command "${job.command}"; it declares: ${known}`;
    return { kind: 'refused', code: 'unknown_command', message };
  }
  if (command.inputSchema !== null) {
    const schema = compileSchema(command.inputSchema);
    const problem = schema.ok ? schema.check(job.payload) : `the input schema does not compile: ${schema.message}`;
    if (problem !== null) return { kind: 'refused', code: 'invalid_input', message: problem };
  }
  const missing = missingPart(instance.program);
  if (missing !== null) {
    const message = `${missing} does not exist any more; put the plugin back, then retry the job`;
    return { kind: 'refused', code: 'plugin_missing', message };
  }
  const distrust = inspect(instance);
  return distrust === null ? null : { kind: 'refused', code: 'plugin_untrusted', message: distrust };
}

/** What is gone from the disk since the plugin was found there. */
function missingPart(program: Program): string | null {
  if (program.kind === 'exec') return null;
  return [program.dir, program.entrypoint].find((path) => !existsSync(path)) ?? null;
}

function run(
  { input, leaks }: { readonly input: RunRequest; readonly leaks: LeakNotes },
  { clock, environment, register, stateDir }: RunnerParts,
  launched: () => void,
): Promise<Run & KeptResponse> {
  const { job, instance } = input;
  const { program } = instance;
  const timeoutMs = timeoutFor(instance, job.command, job.timeoutMs);
  const start = createLaunch({ input, leaks, timeoutMs, clock, environment, register, stateDir: stateDir ?? null });
  const launch: Launch = (command) => {
    launched();
    return start(command);
  };
  const attempt = { input, launch, leaks, timeoutMs, now: clock.now() };
  switch (program.kind) {
    case 'plugin':
      return runEntrypoint({ ...attempt, entrypoint: program.entrypoint, path: environment.PATH });
    case 'exec':
      return runExec({ ...attempt, exec: program.exec, path: environment.PATH });
    default:
      return program satisfies never;
  }
}
