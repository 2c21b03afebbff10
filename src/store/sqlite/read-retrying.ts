import type { Retrying } from '../port/jobs.ts';
import type { Connection } from './connection.ts';

/** How many delayed jobs are looked at, the next due first. Each is a row to fetch: as many take some 10 ms. */
const MOST = 10_000;

export const COUNT_RETRYING = `
  SELECT instance, count(*) AS count, min(run_at) AS nextAt FROM (
    SELECT instance, attempts_used, run_at FROM jobs INDEXED BY jobs_delayed WHERE ready = 0 AND run_at > ? ORDER BY run_at LIMIT ?
  ) WHERE attempts_used > 0 GROUP BY instance ORDER BY instance`;

const COUNT_DELAYED = `
  SELECT count(*) AS count FROM (
    SELECT 1 FROM jobs INDEXED BY jobs_delayed WHERE ready = 0 AND run_at > ? LIMIT ?
  )`;

/** Jobs that failed and wait for their next try, by instance; costs nothing for jobs that are due or have ended. */
export function readRetrying(db: Connection, now: number, most: number = MOST): Retrying {
  const instances = db.all<Retrying['instances'][number]>(COUNT_RETRYING, now, most).map((row) => ({ ...row }));
  const delayed = db.get<{ count: number }>(COUNT_DELAYED, now, most + 1)?.count ?? 0;
  return { instances, capped: delayed > most };
}
