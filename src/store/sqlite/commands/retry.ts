import { formatInstant } from '../../../domain/instant.ts';
import type { Command, CommandOutcomes } from '../../port/commands.ts';
import type { Connection } from '../connection.ts';
import { takeOffDesk } from '../dead-letters.ts';
import { retakeMark } from '../dedupe-marks.ts';
import { moved } from '../job-status.ts';
import { recordOwnDecision } from '../own-decision.ts';
import { expectOne, type StoredJob, storedJob } from '../stored-job.ts';

const REQUEUE = `
  UPDATE jobs SET status = ?, ready = ?, run_at = ?, attempts_used = 0, orphans = 0, unclean_ends = 0, suspect = 0, completed_at = NULL
  WHERE seq = ? AND status IN ('failed', 'dead', 'cancelled')`;

/** A job that was due already keeps its place. */
const HURRY = `
  UPDATE jobs SET status = ?, ready = 1, run_at = min(run_at, ?), unclean_ends = 0, suspect = 0
  WHERE seq = ? AND status = 'queued'`;

const DROP_RESULT = 'DELETE FROM results WHERE job_seq = ?';

/** Puts a dead letter or a cancelled job back into the queue, history and idempotency key kept; makes a queued job due. Whoever retries a job vouches for it: it is no suspect any more. */
export function retry(
  db: Connection,
  { jobId, at, runAt = at, by }: Extract<Command, { kind: 'retry' }>,
): CommandOutcomes['retry'] {
  const job = storedJob(db, jobId);
  if (job === undefined) return { kind: 'unknown' };
  if (job.status === 'running' || job.status === 'succeeded') return { kind: job.status };
  const status = moved(job.status, 'retry');
  if (job.status === 'queued') {
    expectOne(db.run(HURRY, status, at, job.seq), 'hurrying a queued job');
    if (by !== undefined) recordRetry(db, job, { by, at, runAt: at });
    return { kind: 'queued' };
  }
  if (!takesMark(db, job)) return { kind: 'duplicate_active' };
  expectOne(db.run(REQUEUE, status, runAt <= at ? 1 : 0, runAt, job.seq), 'a retry');
  db.run(DROP_RESULT, job.seq);
  takeOffDesk(db, job.seq);
  if (by !== undefined) recordRetry(db, job, { by, at, runAt });
  return { kind: 'queued' };
}

function recordRetry(
  db: Connection,
  { id, instance, status }: StoredJob,
  { by, at, runAt }: { readonly by: string; readonly at: number; readonly runAt: number },
): void {
  const did = status === 'queued' ? `made job ${id} due at once` : `put job ${id} (${status}) back into the queue`;
  const later = runAt > at ? `, due at ${formatInstant(runAt)}` : '';
  recordOwnDecision(db, {
    code: 'job_retried',
    at,
    text: `${by} ${did}${later}.`,
    jobId: id,
    eventId: null,
    instance,
    schedule: null,
    route: null,
    values: { by, status, run_at: formatInstant(runAt) },
    collapseKey: null,
  });
}

function takesMark(db: Connection, job: StoredJob): boolean {
  if (job.dedupe_key === null) return true;
  const scope = { instance: job.instance, command: job.command, key: job.dedupe_key };
  return retakeMark(db, scope, { jobId: job.id, untilAt: job.created_at + job.dedupe_window_ms });
}
