import type { Instance } from '../domain/instance.ts';
import type { Job } from '../domain/job.ts';
import type { KeptResponse, Outcome, Run } from '../domain/outcome.ts';
import type { Snapshot } from '../domain/snapshot.ts';
import { reach } from '../platform/fault-point.ts';
import { withoutProcess } from '../runner/evidence.ts';
import type { Claimed } from '../store/port.ts';
import { finish } from './finish.ts';
import type { EngineParts } from './parts.ts';

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

/** Runs one claimed job once, with the snapshot in force now, and commits how it ended. */
export async function attempt(parts: EngineParts, claimed: Claimed, signals: AttemptSignals): Promise<void> {
  const snapshot = parts.snapshot();
  const { job } = claimed;
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
  const { outcome, evidence, response, truncated } = ended;
  await finish(
    parts,
    { job, run: { outcome, evidence }, kept: { response, truncated }, stateVersion: claimed.stateVersion, snapshot },
    signals.giveUp,
  );
}

async function runOnce(
  parts: EngineParts,
  run: { claimed: Claimed; instance: Instance; snapshot: Snapshot; signal: AbortSignal },
): Promise<Run & KeptResponse> {
  const { claimed, instance, snapshot, signal } = run;
  const { job } = claimed;
  try {
    // A claim may be lost in a power cut, which only repeats work; a command that runs at most once must not be repeated.
    if (instance.manifest.commands.get(job.command)?.idempotent === false) {
      await parts.store.commit({ kind: 'barrier' });
    }
    reach('attempt.prepared');
    return await parts.run({
      job,
      instance,
      state: claimed.state,
      event: claimed.event,
      previousAttempts: claimed.previousAttempts,
      workspace: parts.directories.workspace(job.rootJobId),
      cwd: parts.directories.instance(instance.name),
      stderrFile: parts.directories.stderrFile(job.id, job.attempt),
      signal,
      markers: { gateway: parts.gatewayId, attempt: attemptMarker(job) },
      redactor: snapshot.redactor,
    });
  } catch (error) {
    const message = `the attempt could not be prepared: ${error instanceof Error ? error.message : String(error)}`;
    return neverRan(parts, { kind: 'spawn_failed', message });
  }
}

function neverRan({ clock }: EngineParts, outcome: Outcome): Run & KeptResponse {
  const now = clock.now();
  return withoutProcess(outcome, { startedAt: now, endedAt: now });
}
