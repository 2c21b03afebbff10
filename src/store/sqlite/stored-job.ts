import type { JobStatus } from '../../domain/job.ts';
import type { Connection } from './connection.ts';

export const STORED_JOB = `
  SELECT seq, id, instance, command, status, attempt, attempts_used, root_job_id, dedupe_key, dedupe_window_ms, submitted_by, created_at
  FROM jobs WHERE id = ?`;

/** What a command must know of a job to change it. */
export interface StoredJob {
  readonly seq: number;
  readonly id: string;
  readonly instance: string;
  readonly command: string;
  readonly status: JobStatus;
  readonly attempt: number;
  readonly attempts_used: number;
  readonly root_job_id: string;
  readonly dedupe_key: string | null;
  readonly dedupe_window_ms: number;
  readonly submitted_by: string;
  readonly created_at: number;
}

/** The job of that id, or undefined. */
export function storedJob(db: Connection, id: string): StoredJob | undefined {
  return db.get<StoredJob>(STORED_JOB, id);
}

/** Throws unless a guarded update met the one row it expected: anything else is a bug. */
export function expectOne(rows: number, what: string): void {
  if (rows !== 1) throw new Error(`${what} changed ${rows} rows instead of one`);
}
