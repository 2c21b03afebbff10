import type { DatabaseSync } from 'node:sqlite';
import type { Effect } from './site.ts';

/** The log is append-only: once a later attempt of a job has begun, nothing of an earlier one may follow, nor be met. */
export function overlapping(effects: readonly Effect[]): readonly string[] {
  const latest = new Map<string, number>();
  return effects.flatMap(({ jobId, attempt, what, more }) => {
    const before = latest.get(jobId) ?? 0;
    latest.set(jobId, Math.max(before, attempt));
    if (what === 'met') return [`attempt ${attempt} of ${jobId} met ${more.join(' ')} of the attempt before`];
    return attempt < before ? [`attempt ${attempt} of ${jobId} overlaps attempt ${before}`] : [];
  });
}

/** The same by the records of attempts. */
export function overlappingRecords(database: DatabaseSync): readonly string[] {
  const rows = database
    .prepare(
      `SELECT later.job_seq, later.attempt, later.started_at, earlier.ended_at
       FROM attempts AS later JOIN attempts AS earlier
         ON earlier.job_seq = later.job_seq AND earlier.attempt = later.attempt - 1
       WHERE later.started_at < earlier.ended_at`,
    )
    .all();
  return rows.map((row) => `the records of two attempts overlap: ${JSON.stringify(row)}`);
}

/** Every attempt from the first to the job's latest has left its record, but for one that still runs. */
export function gaps(database: DatabaseSync): readonly string[] {
  const rows = database
    .prepare(
      `SELECT jobs.id, jobs.attempt - (jobs.status = 'running') AS ended, count(attempts.attempt) AS kept,
         coalesce(max(attempts.attempt), 0) AS latest
       FROM jobs LEFT JOIN attempts ON attempts.job_seq = jobs.seq
       GROUP BY jobs.seq HAVING kept <> ended OR latest <> ended`,
    )
    .all();
  return rows.map((row) => `attempts are not contiguous: ${JSON.stringify(row)}`);
}

/** Whatever left an effect is an attempt with a record, and began and ended once. */
export function unrecorded(database: DatabaseSync, effects: readonly Effect[]): readonly string[] {
  const rows = database
    .prepare('SELECT jobs.id, attempts.attempt FROM attempts JOIN jobs ON jobs.seq = attempts.job_seq')
    .all();
  const known = new Set(rows.map(({ id, attempt }) => `${String(id)} ${String(attempt)}`));
  const seen = new Set<string>();
  return effects.flatMap(({ jobId, attempt, what }) => {
    if (what !== 'begin' && what !== 'end') return [];
    const step = `${jobId} ${attempt} ${what}`;
    const again = seen.has(step);
    seen.add(step);
    if (again) return [`attempt ${attempt} of ${jobId} left "${what}" twice`];
    return known.has(`${jobId} ${attempt}`) ? [] : [`attempt ${attempt} of ${jobId} ran without a record`];
  });
}

/**
 * Neither the end of the gateway nor a shutdown nor an operator uses up an attempt. Of a job of the instances in
 * `retried` that has succeeded, only what came after its dead end counts.
 */
export function charged(database: DatabaseSync, retried: readonly string[]): readonly string[] {
  const rows = database
    .prepare(
      `SELECT jobs.id, jobs.instance, jobs.attempts_used,
         count(attempts.attempt) FILTER (
           WHERE attempts.outcome NOT IN ('orphaned', 'interrupted', 'cancelled')
             AND NOT (attempts.outcome = 'failed' AND jobs.status = 'succeeded'
               AND jobs.instance IN (SELECT value FROM json_each(?)))
         ) AS due
       FROM jobs JOIN attempts ON attempts.job_seq = jobs.seq
       GROUP BY jobs.seq HAVING jobs.attempts_used <> due`,
    )
    .all(JSON.stringify(retried));
  return rows.map((row) => `attempts were charged wrongly: ${JSON.stringify(row)}`);
}
