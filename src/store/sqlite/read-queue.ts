import type { QueueDepth } from '../port/jobs.ts';
import type { Connection } from './connection.ts';
import { ACTIVE_INSTANCES, COUNT_ACTIVE, COUNT_RUNNING } from './read-counts.ts';

/** Where counting stops. As many rows are counted in some 10 ms, which the event loop can spare. */
const MOST = 100_000;

/** One seek for each priority that the instance has due jobs of; suspects wait for reasons of their own. */
export const OLDEST_READY = `
  WITH RECURSIVE levels (priority) AS (
    SELECT (
      SELECT priority FROM jobs INDEXED BY jobs_ready WHERE ready = 1 AND suspect = 0 AND instance = ?1 ORDER BY priority DESC LIMIT 1
    )
    UNION ALL
    SELECT (
      SELECT priority FROM jobs INDEXED BY jobs_ready
      WHERE ready = 1 AND suspect = 0 AND instance = ?1 AND priority < levels.priority ORDER BY priority DESC LIMIT 1
    ) FROM levels WHERE levels.priority IS NOT NULL
  )
  SELECT (
    SELECT run_at FROM jobs INDEXED BY jobs_ready
    WHERE ready = 1 AND suspect = 0 AND instance = ?1 AND priority = levels.priority ORDER BY run_at LIMIT 1
  ) AS at FROM levels WHERE levels.priority IS NOT NULL ORDER BY at LIMIT 1`;

/** Due, but not yet looked at, as while every slot is taken. */
export const OLDEST_DELAYED = `
  SELECT instance, run_at FROM jobs INDEXED BY jobs_delayed WHERE ready = 0 AND run_at <= ? ORDER BY run_at LIMIT 1`;

/**
 * What waits and runs, by instance; every count comes from an index alone and costs nothing for jobs that have ended.
 * Yields whenever the event loop should have a turn.
 */
export function* readQueue(db: Connection, now: number, most: number = MOST): Generator<undefined, QueueDepth[]> {
  const delayed = db.get<{ instance: string; run_at: number }>(OLDEST_DELAYED, now);
  const depths: QueueDepth[] = [];
  let looked = 0;
  for (const { instance } of db.all<{ instance: string }>(ACTIVE_INSTANCES)) {
    if (looked >= most) {
      yield;
      looked = 0;
    }
    const running = db.get<{ count: number }>(COUNT_RUNNING, instance)?.count ?? 0;
    const active = db.get<{ count: number }>(COUNT_ACTIVE, instance, running + most)?.count ?? 0;
    looked += active;
    const ready = db.get<{ at: number }>(OLDEST_READY, instance)?.at ?? null;
    const due = [ready, delayed?.instance === instance ? delayed.run_at : null].filter((at) => at !== null);
    depths.push({
      instance,
      queued: active - running,
      running,
      oldestDueAt: due.length === 0 ? null : Math.min(...due),
    });
  }
  return depths;
}
