import { errorFingerprint } from '../../domain/error-fingerprint.ts';
import type { JobError } from '../../domain/job.ts';
import type { Connection } from './connection.ts';
import { errorOf } from './job-row.ts';
import { ENDED_BADLY } from './job-status.ts';

/** Dead letters of before the desk that one batch enters. */
const GROUP_BATCH = 100;

export const PUT_ON_DESK =
  'INSERT INTO dead_letters (job_seq, fingerprint, ended_at) VALUES (?, ?, ?) ON CONFLICT (job_seq) DO NOTHING';

export const PUT_ON_DESK_AT =
  'INSERT INTO dead_letters (seq, job_seq, fingerprint, ended_at) VALUES (?1, ?1, ?2, ?3) ON CONFLICT (job_seq) DO NOTHING';

export const COUNT_DEAD = `
  INSERT INTO dead_groups (fingerprint, instance, command, code, count, latest_seq)
  SELECT fingerprint, ?, ?, ?, 1, seq FROM dead_letters WHERE job_seq = ?
  ON CONFLICT (fingerprint) DO UPDATE SET count = count + 1, latest_seq = max(latest_seq, excluded.latest_seq)`;

export const TAKE_OFF_DESK = 'DELETE FROM dead_letters WHERE job_seq = ?';

const UNGROUPED = 'SELECT status, below FROM ungrouped LIMIT 1';

export const NEXT_UNGROUPED = `
  SELECT seq, id, instance, command, completed_at, last_error_code, last_error_message FROM jobs INDEXED BY jobs_ended_badly
  WHERE ${ENDED_BADLY} AND status = ? AND seq < ? ORDER BY seq DESC LIMIT ${GROUP_BATCH}`;

const REPLAYED = 'SELECT EXISTS (SELECT 1 FROM replays WHERE replay_of = ?) AS replayed';

const GROUPED_DOWN_TO = 'UPDATE ungrouped SET below = ? WHERE status = ?';

const ALL_GROUPED = 'DELETE FROM ungrouped WHERE status = ?';

/** A job that has just ended badly, or ended so before there was a desk. */
interface DeadLetter {
  readonly seq: number;
  readonly instance: string;
  readonly command: string;
  readonly error: JobError | null;
  readonly endedAt: number;
}

interface UngroupedRow {
  readonly seq: number;
  readonly id: string;
  readonly instance: string;
  readonly command: string;
  readonly completed_at: number;
  readonly last_error_code: string | null;
  readonly last_error_message: string | null;
}

/** Puts a job that is failed or dead on the desk, counted under its fingerprint. */
export function putOnDesk(db: Connection, letter: DeadLetter): void {
  put(db, letter, (fingerprint) => db.run(PUT_ON_DESK, letter.seq, fingerprint, letter.endedAt));
}

/** Takes a job off the desk, if it is there: it was retried, or another runs in its place. */
export function takeOffDesk(db: Connection, jobSeq: number): void {
  db.run(TAKE_OFF_DESK, jobSeq);
}

/** Enters some dead letters of before there was a desk; false when all are. */
export function groupSome(db: Connection): boolean {
  const place = db.get<{ status: string; below: number }>(UNGROUPED);
  if (place === undefined) return false;
  const rows = db.all<UngroupedRow>(NEXT_UNGROUPED, place.status, place.below);
  const last = rows.at(-1);
  if (last === undefined) {
    db.run(ALL_GROUPED, place.status);
    return true;
  }
  for (const row of rows) {
    if (db.get<{ replayed: 0 | 1 }>(REPLAYED, row.id)?.replayed === 1) continue;
    const { seq, instance, command, completed_at: endedAt } = row;
    const letter = { seq, instance, command, endedAt, error: errorOf(row.last_error_code, row.last_error_message) };
    put(db, letter, (fingerprint) => db.run(PUT_ON_DESK_AT, seq, fingerprint, endedAt));
  }
  db.run(GROUPED_DOWN_TO, last.seq, place.status);
  return true;
}

function put(db: Connection, letter: DeadLetter, insert: (fingerprint: string) => number): void {
  const { seq, instance, command, error } = letter;
  if (insert(errorFingerprint({ instance, command, error })) === 0) return;
  db.run(COUNT_DEAD, instance, command, error?.code ?? null, seq);
}
