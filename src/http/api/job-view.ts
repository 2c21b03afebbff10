import type { Job } from '../../domain/job.ts';
import type { Json } from '../../domain/json.ts';
import type { Redactor } from '../../domain/redact.ts';
import type { AttemptRecord } from '../../domain/settlement.ts';
import type { JobDetail } from '../../engine/job-detail.ts';
import type { JobSummary } from '../../engine/operations.ts';
import { storedDecisionView } from './decision-view.ts';
import { eventFields } from './event-view.ts';
import { heldView } from './held-view.ts';
import { instant } from './instant-view.ts';
import { shownAll } from './shown-all.ts';

/** A job as lists show it: every field but `payload` and `result`. */
export function jobSummaryView(job: JobSummary) {
  return {
    id: job.id,
    instance: job.instance,
    plugin: job.plugin,
    command: job.command,
    status: job.status,
    priority: job.priority,
    attempt: job.attempt,
    attempts_used: job.attemptsUsed,
    max_attempts: job.maxAttempts,
    suspect: job.suspect,
    run_at: instant(job.runAt),
    lease_expires_at: instant(job.leaseExpiresAt),
    owner: job.owner,
    dedupe_key: job.dedupeKey,
    idempotency_key: job.idempotencyKey,
    submitted_by: job.submittedBy,
    parent_job_id: job.parentJobId,
    root_job_id: job.rootJobId,
    source_event_id: job.sourceEventId,
    depth: job.depth,
    config_version: job.configVersion,
    created_at: instant(job.createdAt),
    started_at: instant(job.startedAt),
    completed_at: instant(job.completedAt),
    last_error: job.lastError,
  };
}

/** A job with its payload (masked) and result. */
export function jobView(job: Job, redactor: Redactor) {
  return { ...jobSummaryView(job), payload: redactor.json(job.payload), result: job.result };
}

/** A job with its attempts, events, children, lineage and decisions; what is large is masked in turns of the event loop. */
export async function jobDetailView(detail: JobDetail, redactor: Redactor) {
  // As one value: many small ones would be masked in a single turn.
  const responses = await shownAll(
    redactor,
    detail.attempts.map(({ response }) => response),
  );
  const payloads = await shownAll(
    redactor,
    detail.events.map(({ payload }) => payload),
  );
  const attempts = detail.attempts.map((attempt, index) => attemptFields(attempt, responses[index] ?? null));
  return {
    ...jobView(detail.job, redactor),
    held: heldView(detail.held),
    replay_of: detail.replays.replayOf,
    replays: detail.replays.replays,
    attempts: detail.job.status === 'running' ? [...attempts, runningAttempt(detail.job)] : attempts,
    events: detail.events.map((event, index) => eventFields(event, payloads[index] ?? null)),
    children: detail.children.map(jobSummaryView),
    lineage: detail.lineage.map(({ job, event }) => ({
      job_id: job.id,
      instance: job.instance,
      command: job.command,
      status: job.status,
      submitted_by: job.submittedBy,
      event_id: event?.id ?? null,
      event_type: event?.type ?? null,
    })),
    decisions: detail.decisions.toReversed().map(storedDecisionView),
  };
}

/** One attempt with its evidence. */
export function attemptView(attempt: AttemptRecord, redactor: Redactor) {
  return attemptFields(attempt, redactor.json(attempt.response));
}

function attemptFields(attempt: AttemptRecord, response: Json) {
  return {
    attempt: attempt.attempt,
    outcome: attempt.outcome,
    started_at: instant(attempt.startedAt),
    ended_at: instant(attempt.endedAt),
    duration_ms: attempt.endedAt - attempt.startedAt,
    pid: attempt.pid,
    exit_code: attempt.exitCode,
    signal: attempt.signal,
    error: attempt.error,
    retry_at: instant(attempt.retryAt),
    stderr: attempt.stderr,
    stderr_bytes: attempt.stderrBytes,
    stderr_file: attempt.stderrFile,
    logs: attempt.logs,
    logs_dropped: attempt.logsDropped,
    warnings: attempt.warnings,
    response,
    response_truncated: attempt.truncated,
    raw_output: attempt.rawOutput,
    config_version: attempt.configVersion,
    state_version: attempt.stateVersion,
  };
}

/** The attempt in progress: nothing is known of its end. */
function runningAttempt(job: Job) {
  return {
    attempt: job.attempt,
    outcome: null,
    started_at: instant(job.startedAt),
    ended_at: null,
    exit_code: null,
    signal: null,
    error: null,
    stderr: null,
    logs: [],
    response: null,
  };
}
