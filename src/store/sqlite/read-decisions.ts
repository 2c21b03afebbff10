import type { DecisionFilter, StoredDecision } from '../port/decisions.ts';
import type { Listed, Page } from '../port/lists.ts';
import { allOf, equals } from './conditions.ts';
import type { Connection } from './connection.ts';
import { listed, rowBefore, rowsFor } from './cursor.ts';
import { DECISION_COLUMNS, type DecisionRow, decisionOf } from './decision-rows.ts';

/** So many recent decisions are looked up one by one; where there are more, they are found among the newest rows. */
const FEW = 2_000;

const RECENT = `SELECT seq FROM decisions INDEXED BY decisions_by_age WHERE last_at >= ? LIMIT ${FEW + 1}`;

/** A page of decisions, newest first by when each was made first. */
export function readDecisions(db: Connection, filter: DecisionFilter, page: Page): Listed<StoredDecision> {
  const { sql, parameters } = decisionsQuery(filter, { before: rowBefore(page), recent: recentRows(db, filter) });
  return listed(db.all<DecisionRow>(sql, ...parameters, rowsFor(page)), page, decisionOf);
}

/** Rows that were written or repeated since, where they are few; a repeat may be of a row that is old. */
function recentRows(db: Connection, { since }: DecisionFilter): readonly number[] | null {
  if (since === null || since === undefined) return null;
  const rows = db.all<{ seq: number }>(RECENT, since);
  return rows.length > FEW ? null : rows.map(({ seq }) => seq);
}

/** The statement of a list of the rows below `before`, its limit the one parameter still to be given. */
export function decisionsQuery(
  filter: DecisionFilter,
  { before, recent }: { readonly before: number; readonly recent: readonly number[] | null },
): { readonly sql: string; readonly parameters: ReturnType<typeof allOf>['parameters'] } {
  const { since } = filter;
  const { sql, parameters } = allOf([
    ['seq < ?', before],
    recent === null ? null : ['seq IN (SELECT value FROM json_each(?))', JSON.stringify(recent)],
    since === null || since === undefined ? null : ['+last_at >= ?', since],
    equals('job_id', filter.jobId),
    equals('event_id', filter.eventId),
    equals('instance', filter.instance),
    equals('route', filter.route),
    equals('schedule', filter.schedule),
    equals('collapse_key', filter.collapseKey),
    equals('code', filter.code),
  ]);
  return { sql: `SELECT ${DECISION_COLUMNS} FROM decisions WHERE ${sql} ORDER BY seq DESC LIMIT ?`, parameters };
}
