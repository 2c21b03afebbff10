import type { Event } from '../../domain/event.ts';
import type { Listed, Page } from '../port/lists.ts';
import { allOf, type Condition, equals } from './conditions.ts';
import type { Connection } from './connection.ts';
import { listed, rowBefore, rowsFor } from './cursor.ts';
import { EVENT_COLUMNS, type EventRow, eventOf } from './event-row.ts';

/** Two sources may have used the same id: the later one is shown. */
const EVENT = `SELECT ${EVENT_COLUMNS} FROM events WHERE id = ? ORDER BY seq DESC LIMIT 1`;

/** Which events a list shows; null: any. */
export interface EventFilter {
  readonly type: string | null;
  readonly source: string | null;
  readonly jobId: string | null;
}

/** The event of that id, or null. */
export function readEvent(db: Connection, id: string): Event | null {
  const row = db.get<EventRow>(EVENT, id);
  return row === undefined ? null : eventOf(row);
}

/** One type, or every type below a prefix such as `health.*`. */
function ofType(pattern: string | null): Condition {
  if (pattern?.endsWith('.*') !== true) return equals('type', pattern);
  const prefix = pattern.slice(0, -1);
  // The character after the dot ends the range of what begins with the prefix.
  return ['type > ? AND type < ?', prefix, `${prefix.slice(0, -1)}/`];
}

/** A page of events, newest first. */
export function readEvents(db: Connection, filter: EventFilter, page: Page): Listed<Event> {
  const { sql, parameters } = allOf([
    ['seq < ?', rowBefore(page)],
    ofType(filter.type),
    equals('source', filter.source),
    equals('job_id', filter.jobId),
  ]);
  const rows = db.all<EventRow>(
    `SELECT ${EVENT_COLUMNS} FROM events WHERE ${sql} ORDER BY seq DESC LIMIT ?`,
    ...parameters,
    rowsFor(page),
  );
  return listed(rows, page, eventOf);
}
