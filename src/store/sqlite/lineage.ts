import type { Connection } from './connection.ts';

export const LINEAGE_ACTIVE = `
  SELECT EXISTS (
    SELECT 1 FROM jobs INDEXED BY jobs_active_lineage WHERE root_job_id = ? AND completed_at IS NULL
  ) AS active`;

/** From each job that is active up to the root: the way is as long as routes may be, however many jobs there are. */
export const ACTIVE_BELOW = `
  SELECT id FROM jobs INDEXED BY jobs_active_lineage
  WHERE root_job_id = ? AND completed_at IS NULL AND EXISTS (
    WITH RECURSIVE above (id) AS (
      SELECT jobs.parent_job_id UNION SELECT parent.parent_job_id FROM above JOIN jobs AS parent ON parent.id = above.id
    )
    SELECT 1 FROM above WHERE above.id = ?
  ) LIMIT ?`;

/** Ids of jobs, queued or running, that came of this one. */
export function activeBelow(
  db: Connection,
  { rootJobId, jobId, limit }: { readonly rootJobId: string; readonly jobId: string; readonly limit: number },
): readonly string[] {
  return db.all<{ id: string }>(ACTIVE_BELOW, rootJobId, jobId, limit).map(({ id }) => id);
}

/** True when no job of the lineage is queued or running any more. */
export function lineageDone(db: Connection, rootJobId: string): boolean {
  return db.get<{ active: 0 | 1 }>(LINEAGE_ACTIVE, rootJobId)?.active !== 1;
}
