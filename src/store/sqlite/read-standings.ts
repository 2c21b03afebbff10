import type { Standing, Standings } from '../port/instances.ts';
import type { JobSummary } from '../port/jobs.ts';
import type { Connection } from './connection.ts';
import { JOB_COLUMNS, type JobRow, jobSummary } from './job-row.ts';

const GATEWAY = 'SELECT paused_at FROM gateway WHERE one = 1';

const INSTANCES = `
  SELECT name AS instance, paused_at AS pausedAt, unhealthy_at AS unhealthyAt, init_job_id AS initJobId, init_tried AS initTried
  FROM instances ORDER BY name`;

export const OVERDUE = `
  SELECT ${JOB_COLUMNS} FROM jobs INDEXED BY jobs_active_by_instance
  WHERE completed_at IS NULL AND instance = ?1 AND ready = 1 AND run_at <= ?2
    AND id IS NOT (SELECT init_job_id FROM instances WHERE name = ?1)
  LIMIT ?3`;

/** What holds the gateway and each instance, by name. */
export function readStandings(db: Connection): Standings {
  const pausedAt = db.get<{ paused_at: number | null }>(GATEWAY)?.paused_at ?? null;
  return { pausedAt, instances: db.all<Standing>(INSTANCES).map((row) => ({ ...row })) };
}

/** Due jobs of an instance, its init aside, that were due at `dueBy`. */
export function readOverdue(
  db: Connection,
  { instance, dueBy, limit }: { readonly instance: string; readonly dueBy: number; readonly limit: number },
): readonly JobSummary[] {
  return db.all<JobRow>(OVERDUE, instance, dueBy, limit).map(jobSummary);
}
