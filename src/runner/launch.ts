import type { Clock } from '../platform/clock.ts';
import type { AttemptInput } from './attempt-input.ts';
import { contain } from './containment.ts';
import { childEnvironment } from './environment.ts';
import type { ProcessRegister } from './process-register.ts';
import { type ProcessResult, runProcess } from './run-process.ts';
import { killAttempt } from './sweep.ts';

/** Between TERM and KILL. */
const GRACE_MS = 5_000;
/** How long pipes may stay open after their process has ended. */
const DRAIN_MS = 250;
/** Times the kept size that may be read from stderr. */
const STDERR_FACTOR = 64;

/** The process that an attempt asks for. */
export interface Command {
  /** The program first, absolute. */
  readonly argv: readonly string[];
  readonly stdin: Uint8Array | null;
  /** Beyond the allow-list. */
  readonly env: Readonly<Record<string, string>>;
  readonly stdoutBytes: number;
  readonly stdoutKeep: 'all' | number;
}

/** Runs an attempt's process; what left its group is gone too when the gateway ended it. */
export type Launch = (command: Command) => Promise<ProcessResult>;

/** An attempt that is about to start. */
export interface LaunchedAttempt {
  readonly input: AttemptInput;
  readonly launch: Launch;
  readonly timeoutMs: number;
  /** The gateway's own PATH. */
  readonly path: string | undefined;
  readonly now: number;
}

/** Makes the launch of one attempt. `environment` is the gateway's own. */
export function createLaunch(attempt: {
  readonly input: AttemptInput;
  readonly timeoutMs: number;
  readonly clock: Clock;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly register: ProcessRegister | undefined;
}): Launch {
  const { input, timeoutMs, clock, environment, register } = attempt;
  const { markers, instance } = input;
  return async ({ argv, stdin, env, stdoutBytes, stdoutKeep }) => {
    const result = await runProcess(
      {
        argv: contain({ argv, tier: 'group' }),
        cwd: input.cwd,
        env: childEnvironment({ gateway: environment, own: env, markers }),
        stdin,
        timeoutMs,
        graceMs: GRACE_MS,
        drainMs: DRAIN_MS,
        stdoutBytes,
        stdoutKeep,
        stderrKeepBytes: instance.limits.stderrBytes,
        stderrMaxBytes: instance.limits.stderrBytes * STDERR_FACTOR,
        stderrFile: input.stderrFile,
        stderrMask: input.redactor.stream(),
        signal: input.signal,
        ...(register === undefined ? {} : { onSpawn: (leader) => register.record(leader, markers.attempt) }),
      },
      clock,
    );
    if (result.started && result.ended !== 'itself') {
      await killAttempt({ gateway: markers.gateway, attempt: markers.attempt, clock });
    }
    return result;
  };
}
