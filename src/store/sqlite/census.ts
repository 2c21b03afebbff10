import type { Connection } from './connection.ts';

/** What must be the same after an upgrade as before it, by what it is called. */
export type Census = ReadonlyMap<string, number>;

/** Rows that must not be there, whatever the schema; one that has not the columns yet cannot break it. */
const BROKEN = {
  'jobs of an unknown status': `
    SELECT count(*) AS count FROM jobs
    WHERE status NOT IN ('queued', 'running', 'succeeded', 'failed', 'dead', 'cancelled')`,
  'waiting jobs without a payload': `
    SELECT count(*) AS count FROM jobs JOIN job_payloads ON job_payloads.job_seq = jobs.seq
    WHERE completed_at IS NULL AND job_payloads.payload IS NULL`,
  'attempts without a job': `
    SELECT count(*) AS count FROM attempts WHERE job_seq NOT IN (SELECT seq FROM jobs)`,
} as const;

/** Counts the rows of every table, and the jobs of every status. Looks at everything: about a second for each gigabyte. */
export function takeCensus(db: Connection): Census {
  const tables = db.all<{ name: string }>(
    "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name",
  );
  const rows = tables.map(({ name }) => {
    const count = db.get<{ count: number }>(`SELECT count(*) AS count FROM "${name}"`)?.count ?? 0;
    return [`rows of ${name}`, count] as const;
  });
  const statuses = db.all<{ status: string; count: number }>(
    'SELECT status, count(*) AS count FROM jobs GROUP BY status',
  );
  return new Map([...rows, ...statuses.map(({ status, count }) => [`${status} jobs`, count] as const)]);
}

/** Says what an upgrade lost or broke, one sentence each; an empty list when everything is there. */
export function findLoss(before: Census, upgraded: Connection): readonly string[] {
  const after = takeCensus(upgraded);
  const lost = [...before].flatMap(([what, count]) => {
    const left = after.get(what) ?? 0;
    const same = what.endsWith(' jobs') ? left === count : left >= count;
    return same ? [] : [`there were ${count} ${what}, and ${left} are left`];
  });
  const broken = Object.entries(BROKEN).flatMap(([what, sql]) => {
    const count = upgraded.get<{ count: number }>(sql)?.count ?? 0;
    return count === 0 ? [] : [`there are ${count} ${what}`];
  });
  return [...lost, ...broken];
}
