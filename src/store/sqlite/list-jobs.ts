import { OperatorError } from '../../domain/errors.ts';
import type { JobStatus } from '../../domain/job.ts';
import type { JobFilter, JobSummary } from '../port/jobs.ts';
import type { Listed, Page } from '../port/lists.ts';
import { allOf, equals } from './conditions.ts';
import type { Connection, Parameter } from './connection.ts';
import { listed, rowBefore, rowsFor } from './cursor.ts';
import { JOB_COLUMNS, type JobRow, jobSummary } from './job-row.ts';
import { ENDED_BADLY } from './job-status.ts';

/**
 * The first row of the age, so that a list need not walk to the beginning of the table to find no more.
 * Rows are in the order of their age but where the clock was turned back; the margin allows for some of that.
 */
export const FIRST_SINCE = `
  SELECT min(seq) AS seq FROM (
    SELECT seq FROM jobs INDEXED BY jobs_by_age WHERE created_at >= ? ORDER BY created_at LIMIT 1000
  )`;

/** Where jobs of a status are looked up, of all instances and of one, and how. */
interface Source {
  readonly ofAll: string;
  readonly ofOne: string;
  readonly where: string;
}

const BADLY_FROM = { ofAll: 'INDEXED BY jobs_ended_badly', ofOne: 'INDEXED BY jobs_ended_badly_by_instance' };

/** Named in the statement, because partial indexes do not serve parameters. */
const BY_STATUS: { readonly [S in JobStatus]: Source } = {
  queued: {
    ofAll: 'INDEXED BY jobs_active',
    ofOne: 'INDEXED BY jobs_active_by_instance',
    where: "completed_at IS NULL AND status = 'queued'",
  },
  running: { ofAll: 'INDEXED BY jobs_running', ofOne: 'INDEXED BY jobs_running', where: "status = 'running'" },
  // The common end: the newest rows hold enough of them.
  succeeded: { ofAll: '', ofOne: '', where: "status = 'succeeded'" },
  failed: { ...BADLY_FROM, where: `${ENDED_BADLY} AND status = 'failed'` },
  dead: { ...BADLY_FROM, where: `${ENDED_BADLY} AND status = 'dead'` },
  cancelled: { ...BADLY_FROM, where: `${ENDED_BADLY} AND status = 'cancelled'` },
};

/** Without a status any row will do. */
const ANY: Source = { ofAll: '', ofOne: '', where: 'TRUE' };

/** A page of jobs, newest first. */
export function listJobs(db: Connection, filter: JobFilter, page: Page): Listed<JobSummary> {
  const first = filter.since === null ? 0 : db.get<{ seq: number | null }>(FIRST_SINCE, filter.since)?.seq;
  if (first === null || first === undefined) return { items: [], nextCursor: null };
  const { sql, parameters } = jobsQuery(filter, { before: rowBefore(page), first });
  return listed(db.all<JobRow>(sql, ...parameters, rowsFor(page)), page, jobSummary);
}

/** The statement of a list of the rows from `first` to below `before`, its limit the one parameter still to be given. */
export function jobsQuery(
  filter: JobFilter,
  { before, first }: { readonly before: number; readonly first: number },
): { readonly sql: string; readonly parameters: readonly Parameter[] } {
  const source = filter.status === null ? ANY : sourceOf(filter.status);
  const { sql, parameters } = allOf([
    ['seq < ?', before],
    filter.since === null ? null : ['seq >= ? AND +created_at >= ?', first, filter.since],
    [source.where],
    equals('instance', filter.instance),
  ]);
  const index = filter.instance === null ? source.ofAll : source.ofOne;
  return { sql: `SELECT ${JOB_COLUMNS} FROM jobs ${index} WHERE ${sql} ORDER BY seq DESC LIMIT ?`, parameters };
}

function sourceOf(status: JobStatus): Source {
  // A status may come from outside; it becomes part of a statement.
  if (Object.hasOwn(BY_STATUS, status)) return BY_STATUS[status];
  throw new OperatorError('usage', `"${status}" is not a status of a job`);
}
