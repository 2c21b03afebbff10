import type { Connection } from './connection.ts';

/** Who holds a dedupe key: an instance's command. */
export interface DedupeScope {
  readonly instance: string;
  readonly command: string;
  readonly key: string;
}

/** Takes the mark for a new job unless a live one, or a succeeded one inside its window, has it: one statement decides. */
export const TAKE_MARK = `
  INSERT INTO dedupe_marks (instance, command, key, job_id, live, until_at) VALUES (?, ?, ?, ?, 1, ?)
  ON CONFLICT (instance, command, key) DO UPDATE SET job_id = excluded.job_id, live = 1, until_at = excluded.until_at
  WHERE live = 0 AND until_at <= ?`;

/** Takes the mark back for a retried job unless another active job has it. */
export const RETAKE_MARK = `
  INSERT INTO dedupe_marks (instance, command, key, job_id, live, until_at) VALUES (?, ?, ?, ?, 1, ?)
  ON CONFLICT (instance, command, key) DO UPDATE SET job_id = excluded.job_id, live = 1, until_at = excluded.until_at
  WHERE live = 0 OR job_id = excluded.job_id`;

export const MARK_HOLDER = 'SELECT job_id FROM dedupe_marks WHERE instance = ? AND command = ? AND key = ?';

export const END_MARK =
  'UPDATE dedupe_marks SET live = 0 WHERE instance = ? AND command = ? AND key = ? AND job_id = ?';

export const DROP_MARK = 'DELETE FROM dedupe_marks WHERE instance = ? AND command = ? AND key = ? AND job_id = ?';

/** Takes the mark for a new job; null when it did, else the id of the job that holds it. */
export function takeMark(
  db: Connection,
  scope: DedupeScope,
  taker: { readonly jobId: string; readonly untilAt: number; readonly now: number },
): string | null {
  const { instance, command, key } = scope;
  if (db.run(TAKE_MARK, instance, command, key, taker.jobId, taker.untilAt, taker.now) === 1) return null;
  const holder = db.get<{ job_id: string }>(MARK_HOLDER, instance, command, key);
  if (holder === undefined) throw new Error('a dedupe mark refused a job, but nobody holds it');
  return holder.job_id;
}

/** Takes the mark for a job that is retried; false when another active job holds it. */
export function retakeMark(
  db: Connection,
  scope: DedupeScope,
  taker: { readonly jobId: string; readonly untilAt: number },
): boolean {
  return db.run(RETAKE_MARK, scope.instance, scope.command, scope.key, taker.jobId, taker.untilAt) === 1;
}

/** Lets go of the mark of a job that ended, if it is still the job's: kept for its window after success, else dropped. */
export function releaseMark(
  db: Connection,
  job: { readonly id: string; readonly instance: string; readonly command: string; readonly dedupe_key: string | null },
  succeeded: boolean,
): void {
  if (job.dedupe_key === null) return;
  db.run(succeeded ? END_MARK : DROP_MARK, job.instance, job.command, job.dedupe_key, job.id);
}
