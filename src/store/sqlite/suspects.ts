import type { Connection } from './connection.ts';
import { CAPPED, PAUSED, RATE_OPEN } from './instance-limits.ts';
import type { JobRow } from './job-row.ts';
import { recordOwnDecision } from './own-decision.ts';

/** True while a suspect runs: nothing else may start then. */
export const SUSPECT_RUNS = `EXISTS (
  SELECT 1 FROM jobs AS s INDEXED BY jobs_under_watch WHERE s.unclean_ends > 0 AND s.suspect = 1 AND s.status = 'running')`;

/** Suspects that are due, in the order of claims; there are as few as there were slots. */
export const DUE_SUSPECTS = `
  SELECT s.seq, i.name, i.rate_count IS NOT NULL AS limited, i.rate_open_at, ${PAUSED} AS paused,
    i.unhealthy_at IS NOT NULL AND s.id IS NOT i.init_job_id AS unhealthy, ${CAPPED} AS capped, ${RATE_OPEN} AS open
  FROM jobs AS s INDEXED BY jobs_under_watch JOIN instances AS i ON i.name = s.instance
  WHERE s.unclean_ends > 0 AND s.suspect = 1 AND s.status = 'queued' AND s.ready = 1
  ORDER BY s.priority DESC, s.run_at, s.seq`;

export const ANYTHING_RUNS = "SELECT 1 FROM jobs INDEXED BY jobs_running WHERE status = 'running' LIMIT 1";

/** A suspect that is due, with what its instance says. */
export interface DueSuspect {
  readonly seq: number;
  readonly name: string;
  readonly limited: 0 | 1;
  readonly rate_open_at: number;
  readonly paused: 0 | 1;
  readonly unhealthy: 0 | 1;
  readonly capped: 0 | 1;
  readonly open: 0 | 1;
}

/** Suspects that are due at `now`, in the order of claims. */
export function dueSuspects(db: Connection, now: number): readonly DueSuspect[] {
  return db.all<DueSuspect>(DUE_SUSPECTS, now);
}

/** True when any job runs. */
export function anythingRuns(db: Connection): boolean {
  return db.get(ANYTHING_RUNS) !== undefined;
}

/** Says that a suspect, just claimed, runs alone. */
export function recordAlone(db: Connection, job: JobRow, now: number): void {
  recordOwnDecision(db, {
    code: 'suspect_runs',
    at: now,
    text: `attempt ${job.attempt} runs alone, because the gateway ended ${job.unclean_ends} times in a row while this job was running; nothing else starts until it has ended`,
    jobId: job.id,
    eventId: null,
    instance: job.instance,
    schedule: null,
    route: null,
    values: { attempt: job.attempt, unclean_ends: job.unclean_ends },
    collapseKey: null,
  });
}
