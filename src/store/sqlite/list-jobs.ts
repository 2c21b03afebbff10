import { OperatorError } from '../../domain/errors.ts';
import type { JobStatus } from '../../domain/job.ts';
import type { JobFilter, JobSummary, Listed, Page } from '../port.ts';
import { allOf, equals } from './conditions.ts';
import type { Connection } from './connection.ts';
import { listed, rowBefore, rowsFor } from './cursor.ts';
import { JOB_COLUMNS, type JobRow, jobSummary } from './job-row.ts';

/**
 * The first row of the age, so that a list need not walk to the beginning of the table to find no more.
 * Rows are in the order of their age but where the clock was turned back; the margin allows for some of that.
 */
const FIRST_SINCE = `
  SELECT min(seq) AS seq FROM (
    SELECT seq FROM jobs INDEXED BY jobs_by_age WHERE created_at >= ? ORDER BY created_at LIMIT 1000
  )`;

const ENDED_BADLY = 'jobs INDEXED BY jobs_ended_badly';
/** Word for word the condition of the index: the planner does not conclude it from one status. */
const BADLY = "status IN ('failed', 'dead', 'cancelled')";

/** Where a status is looked up, and how: named in the statement, because partial indexes do not serve parameters. */
const BY_STATUS: { readonly [S in JobStatus]: { readonly from: string; readonly where: string } } = {
  queued: { from: 'jobs INDEXED BY jobs_active', where: "completed_at IS NULL AND status = 'queued'" },
  running: { from: 'jobs INDEXED BY jobs_running', where: "status = 'running'" },
  // The common end: the newest rows hold enough of them.
  succeeded: { from: 'jobs', where: "status = 'succeeded'" },
  failed: { from: ENDED_BADLY, where: `${BADLY} AND status = 'failed'` },
  dead: { from: ENDED_BADLY, where: `${BADLY} AND status = 'dead'` },
  cancelled: { from: ENDED_BADLY, where: `${BADLY} AND status = 'cancelled'` },
};

/** A page of jobs, newest first. */
export function listJobs(db: Connection, filter: JobFilter, page: Page): Listed<JobSummary> {
  const source = filter.status === null ? { from: 'jobs', where: null } : sourceOf(filter.status);
  const first = filter.since === null ? 0 : db.get<{ seq: number | null }>(FIRST_SINCE, filter.since)?.seq;
  if (first === null || first === undefined) return { items: [], nextCursor: null };
  const { sql, parameters } = allOf([
    ['seq < ?', rowBefore(page)],
    filter.since === null ? null : ['seq >= ? AND +created_at >= ?', first, filter.since],
    source.where === null ? null : [source.where],
    equals('instance', filter.instance),
  ]);
  const rows = db.all<JobRow>(
    `SELECT ${JOB_COLUMNS} FROM ${source.from} WHERE ${sql} ORDER BY seq DESC LIMIT ?`,
    ...parameters,
    rowsFor(page),
  );
  return listed(rows, page, jobSummary);
}

function sourceOf(status: JobStatus): (typeof BY_STATUS)[JobStatus] {
  // A status may come from outside; it becomes part of a statement.
  if (Object.hasOwn(BY_STATUS, status)) return BY_STATUS[status];
  throw new OperatorError('usage', `"${status}" is not a status of a job`);
}
