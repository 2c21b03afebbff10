import type { Instance } from '../domain/instance.ts';
import type { Job } from '../domain/job.ts';
import type { KeptResponse, Outcome, Run } from '../domain/outcome.ts';
import type { Snapshot } from '../domain/snapshot.ts';
import { isDiskRefusal, isStorageRefusal } from '../domain/storage-refusal.ts';
import { reach } from '../platform/fault-point.ts';
import type { LogContext } from '../platform/log.ts';
import { withoutProcess } from '../runner/evidence.ts';
import type { RunRequest } from '../runner/run-plugin.ts';
import type { Claimed } from '../store/port/claims.ts';
import { finish } from './finish.ts';
import type { EngineParts } from './parts.ts';
import { pause } from './pause.ts';

/** How long an attempt waits before it asks the disk again, in milliseconds. */
const DISK_RETRY_MS = 1_000;

/** Where an attempt works. */
type Places = Pick<RunRequest, 'workspace' | 'cwd' | 'stderrFile'>;

/** Why a running attempt is ended from outside. */
export type EndReason = 'cancelled' | 'interrupted';

/** Signals of one attempt: `end` stops its process (reason `cancelled` or `interrupted`), `giveUp` stops waiting for the storage. */
export interface AttemptSignals {
  readonly end: AbortSignal;
  readonly giveUp: AbortSignal;
}

/** The opaque marker that the processes of one attempt carry in their environment. */
export function attemptMarker(job: Pick<Job, 'id' | 'attempt'>): string {
  return `${job.id}.${job.attempt}`;
}

/** Runs one claimed job once, with the snapshot that is in force for its instance now, and commits how it ended. */
export async function attempt(parts: EngineParts, claimed: Claimed, signals: AttemptSignals): Promise<void> {
  const { job } = claimed;
  const snapshot = parts.lastSnapshotWith(job.instance);
  const instance = snapshot.instances.get(job.instance);
  const ended =
    instance === undefined
      ? neverRan(parts, {
          kind: 'refused',
          code: 'plugin_missing',
          message: `the instance "${job.instance}" is not configured any more`,
        })
      : await runOnce(parts, { claimed, instance, snapshot, signal: signals.end });
  reach('attempt.ended');
  const { response, truncated, ...run } = ended;
  try {
    await finish(
      parts,
      { job, event: claimed.event, run, kept: { response, truncated }, stateVersion: claimed.stateVersion, snapshot },
      signals.giveUp,
    );
  } finally {
    // Only now: whoever follows it finds the rest in the attempt.
    parts.liveOutput.forget(attemptMarker(job));
  }
}

async function runOnce(
  parts: EngineParts,
  run: { claimed: Claimed; instance: Instance; snapshot: Snapshot; signal: AbortSignal },
): Promise<Run & KeptResponse> {
  const { claimed, instance, snapshot, signal } = run;
  const { job } = claimed;
  try {
    const places = await untilPrepared(parts, { job, instance, signal });
    if (places === null) return neverRan(parts, endedEarly(signal));
    reach('attempt.prepared');
    return await parts.run({
      job,
      instance,
      state: claimed.state,
      event: claimed.event,
      delivery: claimed.delivery,
      previousAttempts: claimed.previousAttempts,
      ...places,
      signal,
      markers: { gateway: parts.gatewayId, attempt: attemptMarker(job) },
      onStderr: (text) => parts.liveOutput.keep(attemptMarker(job), text),
      redactor: snapshot.redactor,
    });
  } catch (error) {
    const message = `the attempt could not be prepared: ${error instanceof Error ? error.message : String(error)}`;
    return neverRan(parts, { kind: 'spawn_failed', message });
  }
}

/**
 * What an attempt needs of the disk before it begins. While the disk refuses, the attempt waits in its slot: that says
 * nothing about the job, and so it must not use up an attempt. Null when it was ended meanwhile.
 */
async function untilPrepared(
  parts: EngineParts,
  { job, instance, signal }: { job: Job; instance: Instance; signal: AbortSignal },
): Promise<Places | null> {
  const { directories, log, clock } = parts;
  for (let tries = 0; ; tries += 1) {
    try {
      const places = {
        workspace: directories.workspace(job.rootJobId),
        cwd: directories.instance(instance.name),
        stderrFile: directories.stderrFile(job.id, job.attempt),
      };
      // A claim may be lost in a power cut, which only repeats work; a command that runs at most once must not be repeated.
      if (instance.manifest.commands.get(job.command)?.idempotent === false) {
        await parts.store.commit({ kind: 'barrier' });
      }
      return places;
    } catch (error) {
      if (!isDiskRefusal(error) && !isStorageRefusal(error)) throw error;
      if (tries === 0) {
        const why = error instanceof Error ? error.message : String(error);
        log.warn('an attempt waits for the disk', { ...attemptContext(job), error: why });
      }
      if (signal.aborted) return null;
      await pause(clock, DISK_RETRY_MS, signal);
    }
  }
}

function attemptContext({ id, instance, command, attempt }: Job): LogContext {
  return { job_id: id, instance, command, attempt };
}

function endedEarly({ reason }: AbortSignal): Outcome {
  return reason === 'cancelled' ? { kind: 'cancelled' } : { kind: 'interrupted', started: false };
}

function neverRan({ clock }: EngineParts, outcome: Outcome): Run & KeptResponse {
  const now = clock.now();
  return withoutProcess(outcome, { startedAt: now, endedAt: now });
}
