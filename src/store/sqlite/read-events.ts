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

/** Most types below a prefix whose newest events are looked up one type after the other. */
const MAX_TYPES = 500;

/** Distinct types within a range, each found by one step through the index. */
export const TYPES_BETWEEN = `
  WITH RECURSIVE types (type) AS (
    SELECT min(type) FROM events WHERE type > ?1 AND type < ?2
    UNION ALL
    SELECT (SELECT min(type) FROM events WHERE type > types.type AND type < ?2) FROM types WHERE types.type IS NOT NULL
  )
  SELECT type FROM types WHERE type IS NOT NULL LIMIT ${MAX_TYPES + 1}`;

/** A page of events, newest first. */
export function readEvents(db: Connection, filter: EventFilter, page: Page): Listed<Event> {
  const before = rowBefore(page);
  const range = filter.type === null ? null : rangeOf(filter.type);
  // One type after the other: a range of the index is in the order of the types, not of the rows.
  const types = range === null || filter.jobId !== null ? null : typesIn(db, range);
  if (types === null)
    return list(db, {
      conditions: [...(range === null ? [equals('type', filter.type)] : [within(range)])],
      filter,
      before,
      page,
    });
  const seqs = types.flatMap((type) => {
    const { sql, parameters } = allOf([['type = ? AND seq < ?', type, before], equals('source', filter.source)]);
    return db.all<{ seq: number }>(
      `SELECT seq FROM events WHERE ${sql} ORDER BY seq DESC LIMIT ?`,
      ...parameters,
      rowsFor(page),
    );
  });
  const newest = seqs
    .map(({ seq }) => seq)
    .toSorted((one, other) => other - one)
    .slice(0, rowsFor(page));
  const conditions: readonly Condition[] = [['seq IN (SELECT value FROM json_each(?))', JSON.stringify(newest)]];
  return list(db, { conditions, filter: { ...filter, source: null }, before, page });
}

function list(
  db: Connection,
  {
    conditions,
    filter,
    before,
    page,
  }: {
    readonly conditions: readonly Condition[];
    readonly filter: EventFilter;
    readonly before: number;
    readonly page: Page;
  },
): Listed<Event> {
  const { sql, parameters } = allOf([
    ['seq < ?', before],
    ...conditions,
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

/** Of a pattern such as `health.*` what its types lie between; null: it is one type. */
function rangeOf(pattern: string): readonly [above: string, below: string] | null {
  if (!pattern.endsWith('.*')) return null;
  const prefix = pattern.slice(0, -1);
  // The character after the dot ends the range of what begins with the prefix.
  return [prefix, `${prefix.slice(0, -1)}/`];
}

/** In the order of the rows: where there are very many types, a page of them is soon found. */
function within([above, below]: readonly [above: string, below: string]): Condition {
  return ['+type > ? AND +type < ?', above, below];
}

function typesIn(db: Connection, [above, below]: readonly [above: string, below: string]): readonly string[] | null {
  const found = db.all<{ type: string }>(TYPES_BETWEEN, above, below);
  return found.length > MAX_TYPES ? null : found.map(({ type }) => type);
}
