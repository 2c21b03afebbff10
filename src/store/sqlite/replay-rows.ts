import type { Replays } from '../port/desk.ts';
import type { Connection } from './connection.ts';

/** Replays that a job tells of. */
const MOST_REPLAYS = 100;

const REPLAY_OF = 'SELECT replay_of FROM replays WHERE job_seq = (SELECT seq FROM jobs WHERE id = ?)';

const REPLAYS = `
  SELECT jobs.id FROM replays INDEXED BY replays_by_original CROSS JOIN jobs ON jobs.seq = replays.job_seq
  WHERE replay_of = ? ORDER BY job_seq LIMIT ${MOST_REPLAYS}`;

export const FIRST_REPLAY = `
  SELECT jobs.id FROM replays INDEXED BY replays_by_original CROSS JOIN jobs ON jobs.seq = replays.job_seq
  WHERE replay_of = ? ORDER BY job_seq LIMIT 1`;

/** What a job runs again, and what runs it again. */
export function readReplays(db: Connection, jobId: string): Replays {
  return {
    replayOf: db.get<{ replay_of: string }>(REPLAY_OF, jobId)?.replay_of ?? null,
    replays: db.all<{ id: string }>(REPLAYS, jobId).map(({ id }) => id),
  };
}
