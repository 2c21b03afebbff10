import type { Breaker } from '../../domain/breaker.ts';
import type { AttemptOutcome, JobStatus } from '../../domain/job.ts';
import type { AttemptEnd, Change, ChangeOf, ChangePage, ChangesKept } from '../port/changes.ts';
import type { Connection } from './connection.ts';
import { DECISION_COLUMNS, type DecisionRow, decisionOf } from './decision-rows.ts';
import { errorOf } from './job-row.ts';

export const CHANGES = `
  SELECT seq, kind, ref, name, was, became, attempt FROM changes WHERE seq > ? AND seq <= ? ORDER BY seq LIMIT ?`;

export const CHANGES_KEPT = 'SELECT (SELECT min(seq) FROM changes) AS oldest, (SELECT max(seq) FROM changes) AS newest';

export const CHANGED_JOB = `
  SELECT id, instance, command, submitted_by, parent_job_id, root_job_id FROM jobs WHERE seq = ?`;

export const CHANGED_ATTEMPT = `
  SELECT outcome, started_at, ended_at, error_code, error_message FROM attempts WHERE job_seq = ? AND attempt = ?`;

export const CHANGED_EVENT = `
  SELECT id, type, source, created_at, job_id, attempt, root_job_id FROM events WHERE seq = ?`;

export const CHANGED_DECISION = `SELECT ${DECISION_COLUMNS} FROM decisions WHERE seq = ?`;

interface ChangeRow {
  readonly seq: number;
  readonly kind: Change['kind'];
  readonly ref: number | null;
  readonly name: string | null;
  readonly was: string | null;
  readonly became: string | null;
  readonly attempt: number | null;
}

/** Which changes are kept. */
export function readChangesKept(db: Connection): ChangesKept {
  const { oldest, newest } = db.get<{ oldest: number | null; newest: number | null }>(CHANGES_KEPT) ?? {};
  return { oldest: oldest ?? 1, newest: newest ?? 0 };
}

/** Up to `limit` changes after one number, up to another. What retention has removed is told no more. */
export function readChanges(
  db: Connection,
  { after, upTo, limit }: { readonly after: number; readonly upTo: number; readonly limit: number },
): ChangePage {
  const rows = db.all<ChangeRow>(CHANGES, after, upTo, limit);
  const changes = rows.flatMap((row): readonly Change[] => {
    const change = changeOf(db, row);
    return change === null ? [] : [{ seq: row.seq, ...change }];
  });
  // Numbers follow each other without a gap, and only the oldest rows are ever removed.
  const missed = after < upTo && rows[0]?.seq !== after + 1;
  return { changes, upTo: rows.at(-1)?.seq ?? upTo, missed };
}

function changeOf(db: Connection, row: ChangeRow): ChangeOf | null {
  // The triggers write nothing else than what the types allow.
  const name = row.name ?? '';
  switch (row.kind) {
    case 'job':
      return jobChange(db, row);
    case 'event':
      return eventChange(db, row);
    case 'decision': {
      const found = db.get<DecisionRow>(CHANGED_DECISION, row.ref);
      return found === undefined ? null : { kind: 'decision', decision: decisionOf(found) };
    }
    case 'instance':
      return { kind: 'instance', instance: name, became: row.became as Became<'instance'> };
    case 'schedule': {
      const [instance = ''] = name.split('/', 1);
      return { kind: 'schedule', instance, schedule: name, became: row.became as Became<'schedule'> };
    }
    case 'breaker': {
      const [instance = '', command = ''] = name.split(' ');
      const [was, state] = [row.was as Breaker['state'], row.became as Breaker['state']];
      return { kind: 'breaker', instance, command, was, state };
    }
    case 'gateway':
      return { kind: 'gateway', became: row.became as Became<'gateway'>, configVersion: row.name };
    default:
      return row.kind satisfies never;
  }
}

type Became<K> = Extract<ChangeOf, { readonly kind: K; readonly became: string }>['became'];

function jobChange(db: Connection, { ref, was, became, attempt }: ChangeRow): ChangeOf | null {
  const job = db.get<{
    id: string;
    instance: string;
    command: string;
    submitted_by: string;
    parent_job_id: string | null;
    root_job_id: string;
  }>(CHANGED_JOB, ref);
  if (job === undefined) return null;
  return {
    kind: 'job',
    jobId: job.id,
    instance: job.instance,
    command: job.command,
    submittedBy: job.submitted_by,
    parentJobId: job.parent_job_id,
    rootJobId: job.root_job_id,
    was: was as JobStatus | null,
    status: became as JobStatus,
    attempt: attempt ?? 0,
    ended: was === 'running' ? attemptEnd(db, ref, attempt) : null,
  };
}

function attemptEnd(db: Connection, jobSeq: number | null, attempt: number | null): AttemptEnd | null {
  const row = db.get<{
    outcome: AttemptOutcome;
    started_at: number;
    ended_at: number;
    error_code: string | null;
    error_message: string | null;
  }>(CHANGED_ATTEMPT, jobSeq, attempt);
  if (row === undefined) return null;
  return {
    outcome: row.outcome,
    startedAt: row.started_at,
    endedAt: row.ended_at,
    error: errorOf(row.error_code, row.error_message),
  };
}

function eventChange(db: Connection, { ref }: ChangeRow): ChangeOf | null {
  const event = db.get<{
    id: string;
    type: string;
    source: string;
    created_at: number;
    job_id: string | null;
    attempt: number | null;
    root_job_id: string | null;
  }>(CHANGED_EVENT, ref);
  if (event === undefined) return null;
  return {
    kind: 'event',
    eventId: event.id,
    type: event.type,
    source: event.source,
    createdAt: event.created_at,
    jobId: event.job_id,
    attempt: event.attempt,
    rootJobId: event.root_job_id,
  };
}
