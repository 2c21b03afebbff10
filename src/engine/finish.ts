import type { Event } from '../domain/event.ts';
import type { Job } from '../domain/job.ts';
import type { KeptResponse, Run } from '../domain/outcome.ts';
import { settle } from '../domain/settle.ts';
import type { Settlement } from '../domain/settlement.ts';
import type { Snapshot } from '../domain/snapshot.ts';
import { isStorageRefusal } from '../domain/storage-refusal.ts';
import { reach } from '../platform/fault-point.ts';
import { inTurns } from '../platform/in-turns.ts';
import type { LogContext } from '../platform/log.ts';
import type { CommandOutcomes } from '../store/port/commands.ts';
import { logDecisions } from './log-decisions.ts';
import { type EngineParts, routingContext } from './parts.ts';
import { pause } from './pause.ts';
import { removeWorkspace } from './workspaces.ts';

/** How long to wait before a finish is tried again when the storage refuses it, in milliseconds. */
const STORAGE_RETRY_MS = 1_000;

/** An attempt that is over, about to be settled. */
export interface Ended {
  readonly job: Job;
  /** The event that caused the job, when a route made it. */
  readonly event: Event | null;
  readonly run: Run;
  readonly kept: KeptResponse;
  readonly stateVersion: number;
  /** The snapshot the attempt ran with. */
  readonly snapshot: Snapshot;
}

/**
 * Settles an attempt and commits its finish, then tells the bus. While the storage refuses, it tries again, so that
 * no outcome is lost; when `giveUp` aborts first, the row stays `running` and the next start settles it as orphaned.
 * Without a `giveUp` it tries once, and throws what the storage says.
 */
export async function finish(parts: EngineParts, ended: Ended, giveUp: AbortSignal | null): Promise<void> {
  const { store, log } = parts;
  const { job } = ended;
  const settlement = await inTurns(
    settle({
      ...ended,
      instance: ended.snapshot.instances.get(job.instance) ?? null,
      context: routingContext(parts.snapshot()),
      configVersion: ended.snapshot.version,
      now: parts.clock.now(),
      initHash: ended.snapshot.instances.get(job.instance)?.initHash ?? null,
      random: parts.random(),
      newId: parts.newId,
    }),
  );
  const commit = (): Promise<CommandOutcomes['finish']> =>
    store.commit({ kind: 'finish', jobId: job.id, attempt: job.attempt, settlement });
  reach('finish.settled');
  let result: CommandOutcomes['finish'] | null;
  try {
    result = await untilStored(parts, giveUp, commit);
  } catch (error) {
    // What one answer holds must never keep its job `running`: without the answer, the end can be stored.
    if (ended.run.outcome.kind !== 'answered') throw error;
    const why = error instanceof Error ? error.message : String(error);
    log.error('a response could not be stored', { ...aboutOf(job), error: why });
    return finish(parts, instead(ended, 'invalid_output', `the response could not be stored: ${why}`), giveUp);
  }
  reach('finish.committed');
  switch (result?.kind) {
    case undefined:
      log.error('the end of an attempt could not be stored; the next start will run the job again', aboutOf(job));
      return;
    case 'stale':
      log.warn('a late end of an attempt was ignored: the job has moved on', aboutOf(job));
      return;
    case 'state_too_large': {
      const message = `the state would be ${result.bytes} bytes after the merge; the limit is ${settlement.stateLimitBytes}`;
      return finish(parts, instead(ended, 'invalid_state', message), giveUp);
    }
    case 'finished':
      tell(parts, { ended, settlement, result });
      return;
    default:
      return result satisfies never;
  }
}

/** The same end with the response refused. */
function instead(ended: Ended, code: 'invalid_output' | 'invalid_state', message: string): Ended {
  return { ...ended, run: { ...ended.run, outcome: { kind: 'malformed', code, message } } };
}

/** Tells the log and the bus what has been committed. */
function tell(
  parts: EngineParts,
  { ended, settlement, result }: { ended: Ended; settlement: Settlement; result: Finished },
): void {
  const { log, bus } = parts;
  const { job, run } = ended;
  const about = aboutOf(job);
  for (const { level, message, fields } of settlement.attempt.logs) log[level](message, { ...about, fields });
  const { outcome } = settlement.attempt;
  const ms = run.evidence.endedAt - run.evidence.startedAt;
  const summary = { ...about, outcome, status: settlement.status, duration_ms: ms };
  if (settlement.lastError === null) log.info('attempt succeeded', summary);
  else log.warn(`attempt ${outcome}: ${settlement.lastError.message}`, summary);
  settlement.events.forEach((routed, i) => {
    if (result.events[i]?.duplicate !== true) logDecisions(log, routed.decisions);
  });
  const { id: jobId, instance, command, attempt } = job;
  const { status } = settlement;
  const { error } = settlement.attempt;
  const { startedAt, endedAt } = run.evidence;
  bus.publishAttempt({ job, event: ended.event, outcome, status, error, startedAt, endedAt });
  bus.publish({ jobId, instance, command, status: settlement.status, attempt });
  if (result.lineageDone) removeWorkspace(parts, job.rootJobId);
}

type Finished = Extract<CommandOutcomes['finish'], { kind: 'finished' }>;

function aboutOf({ id, instance, command, attempt }: Job): LogContext {
  return { job_id: id, instance, command, attempt };
}

async function untilStored<T>(
  parts: EngineParts,
  giveUp: AbortSignal | null,
  commit: () => Promise<T>,
): Promise<T | null> {
  for (;;) {
    try {
      return await commit();
    } catch (error) {
      // The store says so in the log, once for everybody.
      if (giveUp === null || !isStorageRefusal(error)) throw error;
      if (giveUp.aborted) return null;
      await pause(parts.clock, STORAGE_RETRY_MS, giveUp);
    }
  }
}
