import { isTerminal, type Transition } from '../../../domain/job.ts';
import type { AttemptRecord, Settlement } from '../../../domain/settlement.ts';
import type { Command, CommandOutcomes } from '../../port/commands.ts';
import { feedBreaker, loseProbe } from '../breaker-rows.ts';
import type { Connection } from '../connection.ts';
import { putOnDesk } from '../dead-letters.ts';
import { recordDecisions } from '../decision-rows.ts';
import { releaseMark } from '../dedupe-marks.ts';
import { feedHealth } from '../instance-health.ts';
import { moved } from '../job-status.ts';
import { lineageDone } from '../lineage.ts';
import { OR_ROLLBACK } from '../or-rollback.ts';
import { recordEvent } from '../record-event.ts';
import { INSERT_STATE, type Patched, patchState } from '../state-versions.ts';
import { expectOne, type StoredJob, storedJob } from '../stored-job.ts';

export const END_ATTEMPT = `
  UPDATE ${OR_ROLLBACK} jobs SET status = ?, ready = ?, run_at = ?, attempts_used = ?, orphans = ?, unclean_ends = ?, suspect = ?, completed_at = ?,
    owner = NULL, lease_expires_at = NULL, last_error_code = ?, last_error_message = ?
  WHERE seq = ? AND status = 'running' AND attempt = ?`;

export const INSERT_ATTEMPT = `
  INSERT INTO attempts (job_seq, attempt, instance, outcome, error_code, error_message, started_at, ended_at, pid, exit_code, signal,
    retry_at, config_version, state_version, stderr_bytes, stderr_file, truncated, logs_dropped, warnings, logs, stderr, raw_output,
    response)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`;

export const INSERT_RESULT = 'INSERT INTO results (job_seq, result) VALUES (?, ?)';

/** Ends an attempt: status, evidence, state, events, jobs, decisions and breaker, unless another attempt is running by now. */
export function finish(
  db: Connection,
  { jobId, attempt, settlement }: Extract<Command, { kind: 'finish' }>,
): CommandOutcomes['finish'] {
  const job = storedJob(db, jobId);
  if (job === undefined || job.status !== 'running' || job.attempt !== attempt) return { kind: 'stale' };
  const patched = patch(db, job, settlement);
  if (patched.kind === 'too_large') return { kind: 'state_too_large', bytes: patched.bytes };

  endAttempt(db, job, settlement);
  insertAttempt(db, job, settlement.attempt);
  if (patched.kind === 'changed') {
    db.insert(INSERT_STATE, job.instance, patched.version, settlement.attempt.endedAt, jobId, attempt, patched.text);
  }
  if (isTerminal(settlement.status)) end(db, job, settlement);
  const events = settlement.events.map((routed) => recordEvent(db, routed));
  recordDecisions(db, settlement.decisions);
  if (settlement.health !== null) feedHealth(db, job, { health: settlement.health, at: settlement.attempt.endedAt });
  return { kind: 'finished', events, lineageDone: lineageDone(db, job.root_job_id) };
}

function patch(db: Connection, job: StoredJob, { statePatch, stateLimitBytes }: Settlement): Patched {
  return statePatch === null ? { kind: 'unchanged' } : patchState(db, job.instance, statePatch, stateLimitBytes);
}

function endAttempt(db: Connection, job: StoredJob, settlement: Settlement): void {
  const status = moved(job.status, transitionOf(job, settlement));
  const due = settlement.runAt <= settlement.attempt.endedAt ? 1 : 0;
  const rows = db.run(
    END_ATTEMPT,
    status,
    status === 'queued' ? due : null,
    settlement.runAt,
    settlement.attemptsUsed,
    settlement.orphans,
    settlement.uncleanEnds,
    settlement.suspect ? 1 : 0,
    settlement.completedAt,
    settlement.lastError?.code ?? null,
    settlement.lastError?.message ?? null,
    job.seq,
    job.attempt,
  );
  expectOne(rows, 'the end of an attempt');
}

function transitionOf(job: StoredJob, { status, attemptsUsed }: Settlement): Transition {
  switch (status) {
    case 'succeeded':
      return 'succeed';
    case 'failed':
      return 'fail';
    case 'dead':
      return 'exhaust';
    case 'cancelled':
      return 'cancel';
    case 'queued':
      return attemptsUsed > job.attempts_used ? 'retry_later' : 'release';
    case 'running':
      throw new Error('a settlement cannot leave its job running');
    default:
      return status satisfies never;
  }
}

function insertAttempt(db: Connection, job: StoredJob, record: AttemptRecord): void {
  if (record.attempt !== job.attempt)
    throw new Error(`attempt ${record.attempt} was settled as attempt ${job.attempt}`);
  db.insert(
    INSERT_ATTEMPT,
    job.seq,
    record.attempt,
    job.instance,
    record.outcome,
    record.error?.code ?? null,
    record.error?.message ?? null,
    record.startedAt,
    record.endedAt,
    record.pid,
    record.exitCode,
    record.signal,
    record.retryAt,
    record.configVersion,
    record.stateVersion,
    record.stderrBytes,
    record.stderrFile,
    record.truncated ? 1 : 0,
    record.logsDropped,
    JSON.stringify(record.warnings),
    JSON.stringify(record.logs),
    record.stderr,
    record.rawOutput,
    JSON.stringify(record.response),
  );
}

function end(db: Connection, job: StoredJob, settlement: Settlement): void {
  if (settlement.result !== null) db.run(INSERT_RESULT, job.seq, JSON.stringify(settlement.result));
  if (settlement.status === 'failed' || settlement.status === 'dead') {
    const { instance, command } = job;
    putOnDesk(db, {
      seq: job.seq,
      instance,
      command,
      error: settlement.lastError,
      endedAt: settlement.attempt.endedAt,
    });
  }
  releaseMark(db, job, settlement.status === 'succeeded');
  if (settlement.breaker !== null) feedBreaker(db, job, settlement.breaker, settlement.attempt.endedAt);
  else if (job.submitted_by.startsWith('scheduler:')) loseProbe(db, job);
}
