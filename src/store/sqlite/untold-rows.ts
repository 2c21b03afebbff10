import { type FailureGroup, MOST_GROUPS, MOST_IDS, type UntoldFailures } from '../../domain/failure-message.ts';
import type { Connection } from './connection.ts';

const WATCH = 'INSERT INTO failure_watch (one) VALUES (1) ON CONFLICT (one) DO NOTHING';

const FORGET_WATCH = 'DELETE FROM failure_watch';

const FORGET = 'DELETE FROM untold';

const NOT_LATER = 'UPDATE untold SET at = ?1 WHERE at > ?1';

const WATCH_NOT_LATER = 'UPDATE failure_watch SET told_at = ?1 WHERE told_at > ?1';

const ENDS = `
  SELECT first.at AS firstAt, last.at AS lastAt, last.seq AS upTo, (SELECT told_at FROM failure_watch) AS toldAt
  FROM untold AS first, untold AS last
  WHERE first.seq = (SELECT min(seq) FROM untold) AND last.seq = (SELECT max(seq) FROM untold)`;

const GROUPS = `
  SELECT g.kind, g.instance, g.command, g.code, untold.message, g.count, g.groupCount, g.total
  FROM (
    SELECT kind, instance, command, code, count(*) AS count, min(seq) AS first,
      count(*) OVER () AS groupCount, sum(count(*)) OVER () AS total
    FROM untold GROUP BY kind, instance, command, code, about ORDER BY count(*) DESC, min(seq) LIMIT ${MOST_GROUPS}
  ) AS g JOIN untold ON untold.seq = g.first
  ORDER BY g.count DESC, g.first`;

const IDS = `SELECT job_id AS id FROM untold WHERE kind IN ('failed', 'dead') ORDER BY seq LIMIT ${MOST_IDS}`;

type Ends = Pick<UntoldFailures, 'firstAt' | 'lastAt' | 'upTo' | 'toldAt'>;

type GroupRow = FailureGroup & { readonly groupCount: number; readonly total: number };

/** Since when something is in no message, and when the last message was made; null: everything is told. */
export function readUntoldSince(db: Connection): Pick<UntoldFailures, 'firstAt' | 'toldAt'> | null {
  const ends = db.get<Ends>(ENDS);
  return ends === undefined ? null : { firstAt: ends.firstAt, toldAt: ends.toldAt };
}

/** What went wrong and is in no message yet; null: nothing. */
export function readUntold(db: Connection): UntoldFailures | null {
  const ends = db.get<Ends>(ENDS);
  const rows = db.all<GroupRow>(GROUPS);
  const [first] = rows;
  if (ends === undefined || first === undefined) return null;
  return {
    ...ends,
    count: first.total,
    groups: rows.map(({ groupCount, total, ...group }) => group),
    groupCount: first.groupCount,
    jobIds: db.all<{ id: string }>(IDS).map(({ id }) => id),
  };
}

/** Begins to note what goes wrong, or stops and forgets what was noted. */
export function watchFailures(db: Connection, wanted: boolean): void {
  if (wanted) {
    db.run(WATCH);
    return;
  }
  db.run(FORGET_WATCH);
  db.run(FORGET);
}

/** Lets nothing have gone wrong, and no message have been made, later than now, after the clock was set back to `at`. */
export function failedNotLater(db: Connection, at: number): void {
  db.run(NOT_LATER, at);
  db.run(WATCH_NOT_LATER, at);
}
