import { isTerminal } from '../../../domain/job.ts';
import type { Command, CommandOutcomes } from '../../port/commands.ts';
import { loseProbe } from '../breaker-rows.ts';
import type { Connection } from '../connection.ts';
import { recordDecisions } from '../decision-rows.ts';
import { releaseMark } from '../dedupe-marks.ts';
import { moved } from '../job-status.ts';
import { lineageDone } from '../lineage.ts';
import { recordEvent } from '../record-event.ts';
import { expectOne, storedJob } from '../stored-job.ts';

const END_QUEUED = `
  UPDATE jobs SET status = ?, ready = NULL, completed_at = ?, unclean_ends = 0, suspect = 0
  WHERE seq = ? AND status = 'queued'`;

/** Ends a queued job; tells what else the job is, changing nothing. */
export function cancel(
  db: Connection,
  { jobId, at, routed, decision }: Extract<Command, { kind: 'cancel' }>,
): CommandOutcomes['cancel'] {
  const job = storedJob(db, jobId);
  if (job === undefined) return { kind: 'unknown', lineageDone: false };
  if (job.status === 'running') return { kind: 'running', lineageDone: false };
  if (isTerminal(job.status)) return { kind: 'terminal', lineageDone: lineageDone(db, job.root_job_id) };
  expectOne(db.run(END_QUEUED, moved(job.status, 'cancel'), at, job.seq), 'a cancel');
  releaseMark(db, job, false);
  loseProbe(db, job);
  if (decision !== undefined) recordDecisions(db, [decision]);
  if (routed !== null) recordEvent(db, routed);
  return { kind: 'cancelled', lineageDone: lineageDone(db, job.root_job_id) };
}
