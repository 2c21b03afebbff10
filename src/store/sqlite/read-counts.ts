import type { JobStatus } from '../../domain/job.ts';
import type { QueueCounts } from '../port.ts';
import type { Connection } from './connection.ts';

const DAY_MS = 86_400_000;
const ENDED: readonly JobStatus[] = ['succeeded', 'failed', 'dead', 'cancelled'];

interface CountRow {
  readonly instance: string;
  readonly count: number;
  readonly oldest: number | null;
}

export const COUNT_READY = `
  SELECT instance, count(*) AS count, min(run_at) AS oldest FROM jobs INDEXED BY jobs_ready WHERE ready = 1 GROUP BY instance`;
export const COUNT_DELAYED = `
  SELECT instance, count(*) AS count, min(run_at) AS oldest FROM jobs INDEXED BY jobs_delayed WHERE ready = 0 GROUP BY instance`;
export const COUNT_RUNNING = `
  SELECT instance, count(*) AS count, NULL AS oldest FROM jobs INDEXED BY jobs_running WHERE status = 'running' GROUP BY instance`;
export const COUNT_ENDED = `
  SELECT instance, count(*) AS count, NULL AS oldest FROM jobs INDEXED BY jobs_ended
  WHERE status = ? AND completed_at >= ? AND completed_at IS NOT NULL GROUP BY instance`;

/** Jobs per instance and status, terminal ones of the last 24 hours; every count comes from an index alone. */
export function readCounts(db: Connection, now: number): readonly QueueCounts[] {
  const queued = merge(db.all<CountRow>(COUNT_READY), db.all<CountRow>(COUNT_DELAYED));
  const running = db.all<CountRow>(COUNT_RUNNING);
  const ended = ENDED.map((status) => ({ status, rows: db.all<CountRow>(COUNT_ENDED, status, now - DAY_MS) }));
  return [{ status: 'queued' as const, rows: queued }, { status: 'running' as const, rows: running }, ...ended].flatMap(
    ({ status, rows }) => rows.map(({ instance, count, oldest }) => ({ instance, status, count, oldestRunAt: oldest })),
  );
}

function merge(ready: readonly CountRow[], delayed: readonly CountRow[]): readonly CountRow[] {
  const counts = new Map(ready.map((row) => [row.instance, row]));
  for (const row of delayed) {
    const other = counts.get(row.instance);
    counts.set(row.instance, {
      instance: row.instance,
      count: row.count + (other?.count ?? 0),
      oldest: Math.min(row.oldest ?? Infinity, other?.oldest ?? Infinity),
    });
  }
  return [...counts.values()];
}
