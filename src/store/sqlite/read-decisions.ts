import type { DecisionFilter, StoredDecision } from '../port/decisions.ts';
import type { Listed, Page } from '../port/lists.ts';
import { allOf, equals } from './conditions.ts';
import type { Connection } from './connection.ts';
import { listed, rowBefore, rowsFor } from './cursor.ts';
import { DECISION_COLUMNS, type DecisionRow, decisionOf } from './decision-rows.ts';

/** A page of decisions, newest first by when each was made first. */
export function readDecisions(db: Connection, filter: DecisionFilter, page: Page): Listed<StoredDecision> {
  const { sql, parameters } = allOf([
    ['seq < ?', rowBefore(page)],
    equals('job_id', filter.jobId),
    equals('event_id', filter.eventId),
    equals('instance', filter.instance),
    equals('route', filter.route),
    equals('schedule', filter.schedule),
    equals('collapse_key', filter.collapseKey),
  ]);
  const rows = db.all<DecisionRow>(
    `SELECT ${DECISION_COLUMNS} FROM decisions WHERE ${sql} ORDER BY seq DESC LIMIT ?`,
    ...parameters,
    rowsFor(page),
  );
  return listed(rows, page, decisionOf);
}
