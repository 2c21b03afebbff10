import type { Job } from '../../domain/job.ts';
import type { AttemptRecord } from '../../domain/settlement.ts';
import type { Claimed } from '../port/claims.ts';
import type { JobSummary } from '../port/jobs.ts';
import { ATTEMPT_COLUMNS, type AttemptRow, attemptOf } from './attempt-row.ts';
import { claimedJob, JOB_BY_SEQ } from './claim.ts';
import type { Connection } from './connection.ts';
import { EVENT_PAYLOAD } from './event-row.ts';
import { decodeJson, JOB_COLUMNS, type JobRow, jobSummary, wholeJob } from './job-row.ts';
import { ACTIVE_INSTANCES } from './read-counts.ts';

const MAX_RELATED = 1_000;

/** Not by the view `job_payloads`: on the right of a LEFT JOIN a view of several tables is made whole, for every job there is. */
export const JOB = `
  SELECT ${JOB_COLUMNS}, coalesce(
    (SELECT payload FROM payloads WHERE job_seq = jobs.seq),
    (SELECT CAST(body AS TEXT) FROM deliveries WHERE seq = jobs.delivery_seq),
    (SELECT ${EVENT_PAYLOAD} FROM events WHERE seq = jobs.source_event_seq)
  ) AS payload, (SELECT result FROM results WHERE job_seq = jobs.seq) AS result FROM jobs WHERE id = ?`;

export const KNOWN = 'SELECT id FROM jobs WHERE id IN (SELECT value FROM json_each(?))';

const ATTEMPTS = `
  SELECT ${ATTEMPT_COLUMNS} FROM attempts
  WHERE job_seq = (SELECT seq FROM jobs WHERE id = ?) ORDER BY attempt`;

export const ATTEMPTS_FROM = `
  SELECT ${ATTEMPT_COLUMNS} FROM attempts
  WHERE job_seq = (SELECT seq FROM jobs WHERE id = ?) AND attempt >= ? ORDER BY attempt LIMIT ?`;

const CHILDREN = `
  SELECT ${JOB_COLUMNS} FROM jobs INDEXED BY jobs_by_parent WHERE parent_job_id = ? ORDER BY seq LIMIT ${MAX_RELATED}`;

const LINEAGE = `
  SELECT ${JOB_COLUMNS} FROM jobs INDEXED BY jobs_lineage WHERE root_job_id = ? ORDER BY seq LIMIT ${MAX_RELATED}`;

const RUNNING = `SELECT ${JOB_COLUMNS} FROM jobs INDEXED BY jobs_running WHERE status = 'running' ORDER BY seq`;

const STRANDED = `
  SELECT seq FROM jobs INDEXED BY jobs_active_by_instance
  WHERE completed_at IS NULL AND status = 'queued'
    AND instance IN (SELECT instance FROM (${ACTIVE_INSTANCES}) WHERE instance NOT IN (SELECT name FROM instances))
  LIMIT ?`;

const QUEUED = `
  SELECT (SELECT count(*) FROM (SELECT 1 FROM jobs INDEXED BY jobs_ready WHERE ready = 1 AND suspect = 0 LIMIT ?1))
    + (SELECT count(*) FROM jobs INDEXED BY jobs_under_watch WHERE unclean_ends > 0 AND suspect = 1 AND ready = 1)
    + (SELECT count(*) FROM (SELECT 1 FROM jobs INDEXED BY jobs_delayed WHERE ready = 0 LIMIT ?1)) AS count`;

/** The job of that id with payload and result, or null. */
export function readJob(db: Connection, id: string): Job | null {
  const row = db.get<JobRow & { payload: string | null; result: string | null }>(JOB, id);
  return row === undefined ? null : wholeJob(row, decodeJson(row.payload ?? 'null'), row.result);
}

/** Those of the ids that jobs have. */
export function readKnown(db: Connection, ids: readonly string[]): ReadonlySet<string> {
  return new Set(db.all<{ id: string }>(KNOWN, JSON.stringify(ids)).map(({ id }) => id));
}

/** The attempts of a job, first to last. */
export function readAttempts(db: Connection, jobId: string): readonly AttemptRecord[] {
  return db.all<AttemptRow>(ATTEMPTS, jobId).map(attemptOf);
}

/** At most `limit` attempts of a job, from one number on. */
export function readAttemptsFrom(
  db: Connection,
  { jobId, from, limit }: { readonly jobId: string; readonly from: number; readonly limit: number },
): readonly AttemptRecord[] {
  return db.all<AttemptRow>(ATTEMPTS_FROM, jobId, from, limit).map(attemptOf);
}

/** Jobs that this job's events caused, oldest first, at most 1,000; also of a job that retention removed. */
export function readChildren(db: Connection, jobId: string): readonly JobSummary[] {
  return db.all<JobRow>(CHILDREN, jobId).map(jobSummary);
}

/** Jobs of a lineage, oldest first, at most 1,000. */
export function readLineage(db: Connection, rootJobId: string): readonly JobSummary[] {
  return db.all<JobRow>(LINEAGE, rootJobId).map(jobSummary);
}

/** Jobs now running, oldest first. */
export function readRunning(db: Connection): readonly Claimed[] {
  return db.all<JobRow>(RUNNING).map((row) => claimedJob(db, row));
}

/** Queued jobs of instances that no sync named, in no particular order. */
export function readStranded(db: Connection, limit: number): readonly JobSummary[] {
  return db.all<{ seq: number }>(STRANDED, limit).flatMap(({ seq }) => db.all<JobRow>(JOB_BY_SEQ, seq).map(jobSummary));
}

/** Queued jobs, counted no further than `limit`. */
export function readQueued(db: Connection, limit: number): number {
  return Math.min(db.get<{ count: number }>(QUEUED, limit)?.count ?? 0, limit);
}
