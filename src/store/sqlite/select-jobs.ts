import { isTerminal, type JobStatus } from '../../domain/job.ts';
import type { JobSelection, SelectedJobs } from '../port/desk.ts';
import type { Connection } from './connection.ts';
import { ENDED_BADLY } from './job-status.ts';
import { FIRST_SINCE } from './list-jobs.ts';

/** Rows that one piece looks at; some may not match. */
const LOOKED_AT = 1_000;

const COLUMNS = 'jobs.id, jobs.status, jobs.instance, jobs.command, jobs.created_at, jobs.last_error_code';

/** Each by the narrowest index that holds all of its jobs, in the order of its rows. */
export const SELECT_GROUP = `
  SELECT dead_letters.seq AS place, ended_at, ${COLUMNS} FROM dead_letters INDEXED BY dead_letters_by_fingerprint
  CROSS JOIN jobs ON jobs.seq = dead_letters.job_seq
  WHERE fingerprint = ? AND dead_letters.seq > ? ORDER BY dead_letters.seq LIMIT ${LOOKED_AT}`;

export const SELECT_WHOLE_DESK = `
  SELECT dead_letters.seq AS place, ended_at, ${COLUMNS} FROM dead_letters CROSS JOIN jobs ON jobs.seq = dead_letters.job_seq
  WHERE dead_letters.seq > ? ORDER BY dead_letters.seq LIMIT ${LOOKED_AT}`;

export const SELECT_ACTIVE = `
  SELECT seq AS place, ${COLUMNS} FROM jobs INDEXED BY jobs_active
  WHERE completed_at IS NULL AND seq > ? ORDER BY seq LIMIT ${LOOKED_AT}`;

export const SELECT_ENDED_BADLY = `
  SELECT seq AS place, ${COLUMNS} FROM jobs INDEXED BY jobs_ended_badly
  WHERE ${ENDED_BADLY} AND status = ? AND seq > ? ORDER BY seq LIMIT ${LOOKED_AT}`;

export const SELECT_ANY = `SELECT seq AS place, ${COLUMNS} FROM jobs WHERE seq > ? ORDER BY seq LIMIT ${LOOKED_AT}`;

interface Candidate {
  readonly place: number;
  readonly id: string;
  readonly status: JobStatus;
  readonly instance: string;
  readonly command: string;
  readonly created_at: number;
  readonly ended_at?: number;
  readonly last_error_code: string | null;
}

/** The next piece of what a selection finds after `after`, a place where an earlier piece ended; 0: from the beginning. */
export function selectJobs(db: Connection, selection: JobSelection, after: number): SelectedJobs {
  const from = Math.max(after, firstPlace(db, selection) - 1);
  const rows = candidates(db, selection, from);
  const jobs = rows.filter((row) => matches(row, selection)).map(({ id, place }) => ({ id, place }));
  return { jobs, next: rows.length < LOOKED_AT ? null : (rows.at(-1)?.place ?? null) };
}

function candidates(
  db: Connection,
  { fingerprint, onDesk, statuses }: JobSelection,
  after: number,
): readonly Candidate[] {
  if (fingerprint !== null) return db.all(SELECT_GROUP, fingerprint, after);
  if (onDesk) return db.all(SELECT_WHOLE_DESK, after);
  if (!statuses.some(isTerminal)) return db.all(SELECT_ACTIVE, after);
  const [only] = statuses;
  const badly = statuses.every((status) => status === 'failed' || status === 'dead' || status === 'cancelled');
  if (!badly || only === undefined) return db.all(SELECT_ANY, after);
  // Several statuses in the order of their rows: each gives as many as a piece may have.
  const rows = statuses.flatMap((status) => db.all<Candidate>(SELECT_ENDED_BADLY, status, after));
  return rows.toSorted((one, other) => one.place - other.place).slice(0, LOOKED_AT);
}

/** The row that the age begins with; on the desk, places are others. */
function firstPlace(db: Connection, { since, fingerprint, onDesk }: JobSelection): number {
  if (since === null || fingerprint !== null || onDesk) return 0;
  return db.get<{ seq: number | null }>(FIRST_SINCE, since)?.seq ?? Number.MAX_SAFE_INTEGER;
}

function matches(row: Candidate, wanted: JobSelection): boolean {
  return (
    wanted.statuses.includes(row.status) &&
    row.created_at <= wanted.asOf &&
    (row.ended_at ?? 0) <= wanted.asOf &&
    (wanted.instance === null || wanted.instance === row.instance) &&
    (wanted.command === null || wanted.command === row.command) &&
    (wanted.since === null || wanted.since <= row.created_at) &&
    (wanted.until === null || row.created_at < wanted.until) &&
    (wanted.errorCode === null || wanted.errorCode === row.last_error_code)
  );
}
