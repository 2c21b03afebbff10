import type { Connection } from './connection.ts';

export const LINEAGE_ACTIVE = `
  SELECT EXISTS (
    SELECT 1 FROM jobs INDEXED BY jobs_active_lineage WHERE root_job_id = ? AND completed_at IS NULL
  ) AS active`;

/** True when no job of the lineage is queued or running any more. */
export function lineageDone(db: Connection, rootJobId: string): boolean {
  return db.get<{ active: 0 | 1 }>(LINEAGE_ACTIVE, rootJobId)?.active !== 1;
}
