import type { AttemptOutcome } from '../../domain/job.ts';
import type { TracedAttempt } from '../port/traces.ts';
import { errorOf } from './job-row.ts';

/** The latest attempts of the jobs whose row numbers are given, each with the version of the state that it made. */
export const TRACED_ATTEMPTS = `
  SELECT a.job_seq, a.attempt, a.outcome, a.started_at, a.ended_at, a.error_code, a.error_message, a.retry_at, (
    SELECT s.version FROM state_versions AS s INDEXED BY state_versions_by_age
    WHERE s.at = a.ended_at AND s.job_id = jobs.id AND s.attempt = a.attempt LIMIT 1
  ) AS state_version
  FROM json_each(?) AS wanted CROSS JOIN jobs ON jobs.seq = wanted.value
  CROSS JOIN attempts AS a INDEXED BY attempts_by_job ON a.job_seq = jobs.seq AND a.attempt > jobs.attempt - 10
  ORDER BY a.job_seq, a.attempt`;

/** A row of `TRACED_ATTEMPTS`. */
export interface TracedAttemptRow {
  readonly job_seq: number;
  readonly attempt: number;
  readonly outcome: AttemptOutcome;
  readonly started_at: number;
  readonly ended_at: number;
  readonly error_code: string | null;
  readonly error_message: string | null;
  readonly retry_at: number | null;
  readonly state_version: number | null;
}

/** An attempt from its row. */
export function tracedAttempt(row: TracedAttemptRow): TracedAttempt {
  return {
    attempt: row.attempt,
    outcome: row.outcome,
    startedAt: row.started_at,
    endedAt: row.ended_at,
    error: errorOf(row.error_code, row.error_message),
    retryAt: row.retry_at,
    stateVersion: row.state_version,
  };
}
