import type { JobStatus } from '../../domain/job.ts';
import type { QueueCounts } from '../port/jobs.ts';
import type { Connection } from './connection.ts';

const DAY_MS = 86_400_000;
/** Where counting stops. As many rows are counted in some 10 ms, which the event loop can spare. */
const MOST = 100_000;
const ENDED: readonly JobStatus[] = ['succeeded', 'failed', 'dead', 'cancelled'];

/** Found by one seek per instance, however many jobs they have. */
export const ACTIVE_INSTANCES = `
  WITH RECURSIVE active (instance) AS (
    SELECT min(instance) FROM jobs INDEXED BY jobs_active_by_instance WHERE completed_at IS NULL
    UNION ALL
    SELECT (
      SELECT min(instance) FROM jobs INDEXED BY jobs_active_by_instance
      WHERE completed_at IS NULL AND instance > active.instance
    ) FROM active WHERE active.instance IS NOT NULL
  )
  SELECT instance FROM active WHERE instance IS NOT NULL`;

export const COUNT_ACTIVE = `
  SELECT count(*) AS count FROM (
    SELECT 1 FROM jobs INDEXED BY jobs_active_by_instance WHERE completed_at IS NULL AND instance = ? LIMIT ?
  )`;

export const COUNT_RUNNING =
  "SELECT count(*) AS count FROM jobs INDEXED BY jobs_running WHERE status = 'running' AND instance = ?";

/** The latest ones, so that those which are left out are the oldest. */
export const COUNT_ENDED = `
  SELECT instance, count(*) AS count FROM (
    SELECT instance FROM jobs INDEXED BY jobs_ended
    WHERE status = ? AND completed_at >= ? AND completed_at IS NOT NULL ORDER BY completed_at DESC LIMIT ?
  ) GROUP BY instance ORDER BY instance`;

/**
 * Jobs per instance and status, terminal ones of the last 24 hours; every count comes from an index alone.
 * Yields whenever the event loop should have a turn; each stretch between may see another moment of the database.
 */
export function* readCounts(db: Connection, now: number, most: number = MOST): Generator<undefined, QueueCounts[]> {
  const counts: QueueCounts[] = [];
  let looked = 0;
  for (const { instance } of db.all<{ instance: string }>(ACTIVE_INSTANCES)) {
    if (looked >= most) looked = yield* pause();
    const running = count(db, COUNT_RUNNING, instance);
    const active = count(db, COUNT_ACTIVE, instance, running + most + 1);
    looked += active;
    counts.push(...cell({ instance, status: 'queued', count: active - running }, most));
    counts.push(...cell({ instance, status: 'running', count: running }, Infinity));
  }
  for (const status of ENDED) {
    if (looked >= most) looked = yield* pause();
    const rows = db.all<{ instance: string; count: number }>(COUNT_ENDED, status, now - DAY_MS, most);
    const ended = rows.reduce((sum, row) => sum + row.count, 0);
    looked += ended;
    counts.push(...rows.map(({ instance, count }) => ({ instance, status, count, capped: ended >= most })));
  }
  return counts;
}

function* pause(): Generator<undefined, number> {
  yield;
  return 0;
}

function count(db: Connection, sql: string, ...parameters: (string | number)[]): number {
  return db.get<{ count: number }>(sql, ...parameters)?.count ?? 0;
}

function cell(row: Omit<QueueCounts, 'capped'>, most: number): readonly QueueCounts[] {
  if (row.count === 0) return [];
  return [{ ...row, count: Math.min(row.count, most), capped: row.count > most }];
}
