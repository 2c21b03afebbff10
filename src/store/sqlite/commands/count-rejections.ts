import type { Rejection } from '../../../domain/webhook/rejection.ts';
import type { Command } from '../../port/commands.ts';
import type { Connection } from '../connection.ts';

const HOUR_MS = 3_600_000;
/** Most clients that are told apart of one kind in one hour; whoever has many addresses shall not fill the disk. */
const MOST_REMOTES = 100;
/** In place of an address: several clients. */
const SEVERAL = '';

export const COUNT_REJECTIONS = `
  INSERT INTO rejections (endpoint, reason, remote, hour_at, count, first_at, last_at) VALUES (?, ?, ?, ?, ?, ?, ?)
  ON CONFLICT (endpoint, reason, hour_at, remote) DO UPDATE SET
    count = count + excluded.count, first_at = min(first_at, excluded.first_at), last_at = max(last_at, excluded.last_at)`;

/** Whether a client has a row of its own, or there is room for one. */
export const HAS_ROOM = `
  SELECT EXISTS (SELECT 1 FROM rejections WHERE endpoint = ?1 AND reason = ?2 AND hour_at = ?3 AND remote = ?4) OR (
    SELECT count(*) FROM (
      SELECT 1 FROM rejections WHERE endpoint = ?1 AND reason = ?2 AND hour_at = ?3 LIMIT ${MOST_REMOTES}
    )
  ) < ${MOST_REMOTES} AS room`;

/** Adds to the counts of the hour. */
export function countRejections(db: Connection, { rejections }: Extract<Command, { kind: 'count_rejections' }>): null {
  for (const rejection of rejections) count(db, rejection);
  return null;
}

function count(db: Connection, { endpoint, reason, remote, count, firstAt, lastAt }: Rejection): void {
  const hourAt = lastAt - (lastAt % HOUR_MS);
  const room = remote === null || db.get<{ room: 0 | 1 }>(HAS_ROOM, endpoint, reason, hourAt, remote)?.room === 1;
  db.run(COUNT_REJECTIONS, endpoint, reason, room ? (remote ?? SEVERAL) : SEVERAL, hourAt, count, firstAt, lastAt);
}
