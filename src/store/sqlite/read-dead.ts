import type { DeadGroup } from '../port/desk.ts';
import type { JobSummary } from '../port/jobs.ts';
import type { Listed, Page } from '../port/lists.ts';
import { allOf, equals } from './conditions.ts';
import type { Connection, Parameter } from './connection.ts';
import { listed, rowBefore, rowsFor } from './cursor.ts';
import { JOB_COLUMNS, type JobRow, jobSummary } from './job-row.ts';

/** Jobs that a group names. */
const SAMPLES = 5;

const GROUP =
  'SELECT fingerprint, instance, command, code, count, latest_seq AS seq FROM dead_groups WHERE fingerprint = ?';

export const FIRST_DEAD =
  'SELECT ended_at FROM dead_letters INDEXED BY dead_letters_by_fingerprint WHERE fingerprint = ? ORDER BY seq LIMIT 1';

export const LATEST_DEAD = `
  SELECT jobs.id, dead_letters.ended_at, jobs.last_error_message AS message
  FROM dead_letters INDEXED BY dead_letters_by_fingerprint JOIN jobs ON jobs.seq = dead_letters.job_seq
  WHERE fingerprint = ? ORDER BY dead_letters.seq DESC LIMIT ${SAMPLES}`;

export const DEAD_JOBS = `
  SELECT letters.desk_seq, ${JOB_COLUMNS} FROM (
    SELECT seq AS desk_seq, job_seq FROM dead_letters INDEXED BY dead_letters_by_fingerprint
    WHERE fingerprint = ? AND seq < ? ORDER BY seq DESC LIMIT ?
  ) AS letters CROSS JOIN jobs ON jobs.seq = letters.job_seq ORDER BY letters.desk_seq DESC`;

interface GroupRow {
  readonly fingerprint: string;
  readonly instance: string;
  readonly command: string;
  readonly code: string | null;
  readonly count: number;
  readonly seq: number;
}

/** The statement of a page of groups, its limit the one parameter still to be given. */
export function deadQuery(
  instance: string | null,
  before: number,
): { readonly sql: string; readonly parameters: readonly Parameter[] } {
  const { sql, parameters } = allOf([['latest_seq < ?', before], equals('instance', instance)]);
  const index = instance === null ? 'dead_groups_by_latest' : 'dead_groups_by_instance';
  return {
    sql: `
      SELECT fingerprint, instance, command, code, count, latest_seq AS seq FROM dead_groups INDEXED BY ${index}
      WHERE ${sql} ORDER BY latest_seq DESC LIMIT ?`,
    parameters,
  };
}

/** A page of the groups of the desk, those that grew last first. */
export function readDeadGroups(db: Connection, instance: string | null, page: Page): Listed<DeadGroup> {
  const { sql, parameters } = deadQuery(instance, rowBefore(page));
  return listed(db.all<GroupRow>(sql, ...parameters, rowsFor(page)), page, (row) => groupOf(db, row));
}

/** One group, or null. */
export function readDeadGroup(db: Connection, fingerprint: string): DeadGroup | null {
  const row = db.get<GroupRow>(GROUP, fingerprint);
  return row === undefined ? null : groupOf(db, row);
}

/** A page of the jobs of a group, the one that ended last first. */
export function readDeadJobs(db: Connection, fingerprint: string, page: Page): Listed<JobSummary> {
  const rows = db.all<JobRow & { readonly desk_seq: number }>(DEAD_JOBS, fingerprint, rowBefore(page), rowsFor(page));
  const letters = rows.map((row) => ({ seq: row.desk_seq, job: row }));
  return listed(letters, page, ({ job }) => jobSummary(job));
}

function groupOf(db: Connection, { fingerprint, instance, command, code, count }: GroupRow): DeadGroup {
  const latest = db.all<{ id: string; ended_at: number; message: string | null }>(LATEST_DEAD, fingerprint);
  const first = db.get<{ ended_at: number }>(FIRST_DEAD, fingerprint);
  return {
    fingerprint,
    instance,
    command,
    code,
    count,
    message: latest[0]?.message ?? null,
    firstAt: first?.ended_at ?? 0,
    lastAt: latest[0]?.ended_at ?? 0,
    jobIds: latest.map(({ id }) => id),
  };
}
