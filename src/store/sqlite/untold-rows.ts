import { type FailureGroup, MOST_GROUPS, MOST_IDS, type UntoldFailures } from '../../domain/failure-message.ts';
import type { Connection } from './connection.ts';

const WATCH = 'INSERT INTO failure_watch (one) VALUES (1) ON CONFLICT (one) DO NOTHING';

const FORGET_WATCH = 'DELETE FROM failure_watch';

const FORGET = 'DELETE FROM untold';

const NOT_LATER = 'UPDATE untold SET at = ?1 WHERE at > ?1';

const WATCH_NOT_LATER = 'UPDATE failure_watch SET told_at = ?1 WHERE told_at > ?1';

const SUMMARY = `
  SELECT max(seq) AS upTo, min(at) AS firstAt, max(at) AS lastAt, count(*) AS count,
    (SELECT told_at FROM failure_watch) AS toldAt
  FROM untold`;

/** Errors of one code say it in many ways; breakers and expectations differ by what is said of them. */
const BY = "GROUP BY kind, instance, command, code, CASE WHEN kind IN ('failed', 'dead') THEN NULL ELSE message END";

/** With min(), SQLite takes the other columns from the row that has it. */
const GROUPS = `
  SELECT kind, instance, command, code, message, count(*) AS count, min(seq) AS first
  FROM untold ${BY} ORDER BY count DESC, first LIMIT ${MOST_GROUPS}`;

const GROUP_COUNT = `SELECT count(*) AS count FROM (SELECT 1 FROM untold ${BY})`;

const IDS = `SELECT job_id AS id FROM untold WHERE kind IN ('failed', 'dead') ORDER BY seq LIMIT ${MOST_IDS}`;

interface Summary {
  readonly upTo: number | null;
  readonly firstAt: number;
  readonly lastAt: number;
  readonly count: number;
  readonly toldAt: number | null;
}

/** What went wrong and is in no message yet; null: nothing. */
export function readUntold(db: Connection): UntoldFailures | null {
  const summary = db.get<Summary>(SUMMARY);
  if (summary === undefined || summary.upTo === null) return null;
  const { upTo, firstAt, lastAt, count, toldAt } = summary;
  const groups = db.all<FailureGroup>(GROUPS).map(({ kind, instance, command, code, message, count: often }) => {
    return { kind, instance, command, code, message, count: often };
  });
  const groupCount = db.get<{ count: number }>(GROUP_COUNT)?.count ?? groups.length;
  const jobIds = db.all<{ id: string }>(IDS).map(({ id }) => id);
  return { upTo, firstAt, lastAt, count, groups, groupCount, jobIds, toldAt };
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
