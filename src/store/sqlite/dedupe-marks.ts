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

/** Takes the mark back for a retried job unless another active job has it; one that succeeded with it is remembered. */
export const RETAKE_MARK = `
  INSERT INTO dedupe_marks (instance, command, key, job_id, live, until_at) VALUES (?, ?, ?, ?, 1, ?)
  ON CONFLICT (instance, command, key) DO UPDATE SET before_job_id = job_id, before_until_at = until_at,
    job_id = excluded.job_id, live = 1, until_at = excluded.until_at
  WHERE live = 0`;

export const MARK_HOLDER = 'SELECT job_id FROM dedupe_marks WHERE instance = ? AND command = ? AND key = ?';

/** Of two that succeeded, the later window counts. */
export const END_MARK = `
  UPDATE dedupe_marks SET live = 0, until_at = max(until_at, coalesce(before_until_at, 0)), before_job_id = NULL, before_until_at = NULL
  WHERE instance = ? AND command = ? AND key = ? AND job_id = ?`;

export const GIVE_MARK_BACK = `
  UPDATE dedupe_marks SET live = 0, job_id = before_job_id, until_at = before_until_at, before_job_id = NULL, before_until_at = NULL
  WHERE instance = ? AND command = ? AND key = ? AND job_id = ? AND before_job_id IS NOT NULL`;

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

/** Lets go of the mark of a job that ended, if it is still the job's: kept for its window after success, else given back or dropped. */
export function releaseMark(
  db: Connection,
  job: { readonly id: string; readonly instance: string; readonly command: string; readonly dedupe_key: string | null },
  succeeded: boolean,
): void {
  if (job.dedupe_key === null) return;
  const mark = [job.instance, job.command, job.dedupe_key, job.id] as const;
  if (succeeded) db.run(END_MARK, ...mark);
  else if (db.run(GIVE_MARK_BACK, ...mark) === 0) db.run(DROP_MARK, ...mark);
}
