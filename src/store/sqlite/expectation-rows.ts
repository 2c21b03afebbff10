import type { ExpectationState } from '../../domain/expectation.ts';
import type { ExpectationRow } from '../port/expectations.ts';
import type { Connection } from './connection.ts';

const READ = `
  SELECT name, since_at AS sinceAt, seen_at AS seenAt, missed_at AS missedAt FROM expectations ORDER BY name`;

const DELETE = 'DELETE FROM expectations WHERE name = ?';

/** One that waits for something else than before starts afresh. */
const UPSERT = `
  INSERT INTO expectations (name, kind, pattern, since_at) VALUES (?, ?, ?, ?)
  ON CONFLICT (name) DO UPDATE SET kind = excluded.kind, pattern = excluded.pattern, since_at = excluded.since_at,
    seen_at = NULL, missed_at = NULL
  WHERE kind <> excluded.kind OR pattern <> excluded.pattern`;

const NOT_LATER = `
  UPDATE expectations SET since_at = min(since_at, ?1), seen_at = min(seen_at, ?1), missed_at = min(missed_at, ?1)`;

/** Every expectation with what is remembered of it, by name. */
export function readExpectations(db: Connection): readonly ExpectationState[] {
  return db.all<ExpectationState>(READ).map((row) => ({ ...row }));
}

/** Makes the rows what the snapshot says; what stays the same keeps its memory. */
export function syncExpectations(db: Connection, wanted: readonly ExpectationRow[], at: number): void {
  for (const { name } of readExpectations(db)) {
    if (!wanted.some((row) => row.name === name)) db.run(DELETE, name);
  }
  for (const { name, kind, pattern } of wanted) db.run(UPSERT, name, kind, pattern, at);
}

/** Lets nothing have been seen later than now, after the clock was set back to `at`. */
export function seenNotLater(db: Connection, at: number): void {
  db.run(NOT_LATER, at);
}
