import type { LeakNotes } from '../domain/leak.ts';
import type { Clock } from '../platform/clock.ts';
import { accountOf, handOver } from './account.ts';
import type { AttemptInput } from './attempt-input.ts';
import { contain } from './containment.ts';
import { placesOf } from './containment-places.ts';
import { openReport, unwrapped, wasBusy } from './containment-report.ts';
import { containmentTools, PACKAGES } from './containment-tools.ts';
import { childEnvironment } from './environment.ts';
import type { ProcessIdentity } from './process-identity.ts';
import type { ProcessRegister } from './process-register.ts';
import { NOT_STARTED, type ProcessResult, runProcess } from './run-process.ts';
import { killAttempt } from './sweep.ts';

/** Between TERM and KILL. */
const GRACE_MS = 5_000;
/** How long pipes may stay open after their process has ended. */
const DRAIN_MS = 250;
/** Times the kept size that may be read from stderr. */
const STDERR_FACTOR = 64;
/** A program that was just written is busy until every process forked meanwhile has let go of it. */
const BUSY_TRIES = 10;
const BUSY_PAUSE_MS = 20;

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
  /** Hears of the secrets that show up in its output. */
  readonly leaks: LeakNotes;
  readonly timeoutMs: number;
  /** The gateway's own PATH. */
  readonly path: string | undefined;
  readonly now: number;
}

/** Makes the launch of one attempt. `environment` is the gateway's own; `stateDir` is kept from sandboxes. */
export function createLaunch(attempt: {
  readonly input: AttemptInput;
  readonly leaks: LeakNotes;
  readonly timeoutMs: number;
  readonly clock: Clock;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly register: ProcessRegister | undefined;
  readonly stateDir: string | null;
}): Launch {
  const { input, leaks, timeoutMs, clock, environment, register, stateDir } = attempt;
  const { markers, instance } = input;
  const tools = containmentTools(environment['PATH']);
  return async ({ argv, stdin, env, stdoutBytes, stdoutKeep }) => {
    const account = instance.runAs === null ? null : accountOf(instance.runAs);
    if (instance.runAs !== null && account === null) return unlaunched(clock, `there is no user "${instance.runAs}"`);
    const plan = { ...instance, resources: instance.limits, account, places: placesOf(input, stateDir) };
    const contained = contain(argv, plan, tools);
    if (!contained.ok) {
      const { missing } = contained;
      return unlaunched(clock, `the containment needs ${missing}, which is gone; install ${PACKAGES[missing]}`);
    }
    handOver([input.cwd, input.workspace], account);
    const own = instance.containment.tier === 'bwrap' ? { TMPDIR: '/tmp', ...env } : env;
    const attempted = { program: argv[0] ?? '', cwd: input.cwd, path: env['PATH'] ?? environment['PATH'] };
    const once = async (): Promise<ProcessResult> => {
      const report = contained.reports ? await openReport(clock) : null;
      if (contained.reports && report === null)
        return unlaunched(clock, 'no pipe could be made for the report of its init');
      const request = {
        argv: contained.argv,
        cwd: input.cwd,
        env: childEnvironment({ gateway: environment, own, markers }),
        stdin,
        timeoutMs,
        graceMs: GRACE_MS,
        drainMs: DRAIN_MS,
        stdoutBytes,
        stdoutKeep,
        stderrKeepBytes: instance.limits.stderrBytes,
        stderrMaxBytes: instance.limits.stderrBytes * STDERR_FACTOR,
        stderrFile: input.stderrFile,
        stderrMask: leaks.at('stderr', input.redactor).stream(),
        ...(input.onStderr === undefined ? {} : { onStderr: input.onStderr }),
        signal: input.signal,
        ...(report === null ? {} : { reportTo: report.writeEnd }),
        ...(register === undefined
          ? {}
          : { onSpawn: (leader: ProcessIdentity) => register.record(leader, markers.attempt) }),
      };
      const result = await runProcess(request, clock);
      const said = report?.take() ?? null;
      return contained.wrapped ? unwrapped(result, { report: said, attempted }) : result;
    };
    let result = await once();
    for (let tries = 1; tries < BUSY_TRIES && wasBusy(result, attempted); tries += 1) {
      await new Promise<void>((resolve) => clock.after(BUSY_PAUSE_MS, resolve));
      result = await once();
    }
    if (result.started && result.ended !== 'itself') {
      await killAttempt({ gateway: markers.gateway, attempt: markers.attempt, clock });
    }
    return result;
  };
}

function unlaunched(clock: Clock, spawnError: string): ProcessResult {
  return { ...NOT_STARTED, spawnError, startedAt: clock.now(), endedAt: clock.now() };
}
