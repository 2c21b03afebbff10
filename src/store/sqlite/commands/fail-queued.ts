import type { Command, CommandOutcomes } from '../../port/commands.ts';
import { loseProbe } from '../breaker-rows.ts';
import type { Connection } from '../connection.ts';
import { putOnDesk } from '../dead-letters.ts';
import { recordDecisions } from '../decision-rows.ts';
import { releaseMark } from '../dedupe-marks.ts';
import { moved } from '../job-status.ts';
import { recordEvent } from '../record-event.ts';
import { expectOne, storedJob } from '../stored-job.ts';

const FAIL_QUEUED = `
  UPDATE jobs SET status = ?, ready = NULL, completed_at = ?, last_error_code = ?, last_error_message = ?,
    unclean_ends = 0, suspect = 0
  WHERE seq = ? AND status = 'queued'`;

/** Fails a job that waits, with the reason as its error and as a decision. */
export function failQueued(
  db: Connection,
  { jobId, error, at, decision, routed }: Extract<Command, { kind: 'fail_queued' }>,
): CommandOutcomes['fail_queued'] {
  const job = storedJob(db, jobId);
  if (job?.status !== 'queued') return { kind: 'not_queued' };
  const rows = db.run(FAIL_QUEUED, moved(job.status, 'fail'), at, error.code, error.message, job.seq);
  expectOne(rows, 'failing a queued job');
  putOnDesk(db, { seq: job.seq, instance: job.instance, command: job.command, error, endedAt: at });
  releaseMark(db, job, false);
  loseProbe(db, job);
  recordDecisions(db, [decision]);
  if (routed !== null) recordEvent(db, routed);
  return { kind: 'failed' };
}
