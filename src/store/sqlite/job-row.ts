import type { Job, JobError, JobStatus } from '../../domain/job.ts';
import type { Json } from '../../domain/json.ts';
import type { JobSummary } from '../port/jobs.ts';

/** The columns of `jobs` that a `JobRow` has. */
export const JOB_COLUMNS = `seq, id, instance, plugin, command, priority, status, attempt, attempts_used, max_attempts, orphans, unclean_ends, suspect, run_at,
  lease_expires_at, owner, dedupe_key, idempotency_key, submitted_by, parent_job_id, root_job_id, source_event_id, source_event_seq,
  depth, timeout_ms, from_core, config_version, created_at, started_at, completed_at, last_error_code, last_error_message, delivery_seq`;

/** A row of `jobs` as SQLite gives it. */
export interface JobRow {
  readonly seq: number;
  readonly id: string;
  readonly instance: string;
  readonly plugin: string;
  readonly command: string;
  readonly priority: number;
  readonly status: JobStatus;
  readonly attempt: number;
  readonly attempts_used: number;
  readonly max_attempts: number;
  readonly orphans: number;
  readonly unclean_ends: number;
  readonly suspect: 0 | 1;
  readonly run_at: number;
  readonly lease_expires_at: number | null;
  readonly owner: string | null;
  readonly dedupe_key: string | null;
  readonly idempotency_key: string;
  readonly submitted_by: string;
  readonly parent_job_id: string | null;
  readonly root_job_id: string;
  readonly source_event_id: string | null;
  readonly source_event_seq: number | null;
  readonly depth: number;
  readonly timeout_ms: number | null;
  readonly from_core: 0 | 1;
  readonly config_version: string;
  readonly created_at: number;
  readonly started_at: number | null;
  readonly completed_at: number | null;
  readonly last_error_code: string | null;
  readonly last_error_message: string | null;
  /** The delivery whose body is the payload. */
  readonly delivery_seq: number | null;
}

/** A job for lists, from its row. */
export function jobSummary(row: JobRow): JobSummary {
  return {
    id: row.id,
    instance: row.instance,
    plugin: row.plugin,
    command: row.command,
    priority: row.priority,
    status: row.status,
    attempt: row.attempt,
    attemptsUsed: row.attempts_used,
    maxAttempts: row.max_attempts,
    orphans: row.orphans,
    uncleanEnds: row.unclean_ends,
    suspect: row.suspect === 1,
    runAt: row.run_at,
    leaseExpiresAt: row.lease_expires_at,
    owner: row.owner,
    dedupeKey: row.dedupe_key,
    idempotencyKey: row.idempotency_key,
    submittedBy: row.submitted_by,
    parentJobId: row.parent_job_id,
    rootJobId: row.root_job_id,
    sourceEventId: row.source_event_id,
    depth: row.depth,
    timeoutMs: row.timeout_ms,
    fromCore: row.from_core === 1,
    configVersion: row.config_version,
    createdAt: row.created_at,
    startedAt: row.started_at,
    completedAt: row.completed_at,
    lastError: errorOf(row.last_error_code, row.last_error_message),
  };
}

/** A whole job, from its row, its payload and the text of its result. */
export function wholeJob(row: JobRow, payload: Json, result: string | null): Job {
  return { ...jobSummary(row), payload, result: result === null ? null : decodeJson(result) };
}

/** An error from its two columns. */
export function errorOf(code: string | null, message: string | null): JobError | null {
  return code === null || message === null ? null : { code, message };
}

/** The value of a JSON text that the store wrote. */
export function decodeJson(text: string): Json {
  return JSON.parse(text) as Json;
}
