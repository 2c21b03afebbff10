import type { Decision } from '../../domain/decision.ts';
import type { Event } from '../../domain/event.ts';
import { timeoutFor } from '../../domain/instance.ts';
import { formatInstant } from '../../domain/instant.ts';
import type { Job } from '../../domain/job.ts';
import { isJsonObject } from '../../domain/json.ts';
import type { Redactor } from '../../domain/redact.ts';
import type { AttemptRecord } from '../../domain/settlement.ts';
import type {
  EventDetail,
  InstanceView,
  JobDetail,
  JobSummary,
  QueueCounts,
  StatusView,
  StoredDecision,
} from '../../engine/operations.ts';
import type { ScheduleView } from '../../engine/scheduler.ts';
import { nameOf } from '../../engine/slot-decision.ts';

/** RFC 3339 UTC with milliseconds, or null. */
function instant(at: number | null): string | null {
  return at === null ? null : formatInstant(at);
}

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

/** A job with its attempts, events, children, lineage and decisions. */
export function jobDetailView(detail: JobDetail, redactor: Redactor) {
  const attempts = detail.attempts.map((attempt) => attemptView(attempt, redactor));
  return {
    ...jobView(detail.job, redactor),
    attempts: detail.job.status === 'running' ? [...attempts, runningAttempt(detail.job)] : attempts,
    events: detail.events.map((event) => eventView(event, redactor)),
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
    decisions: detail.decisions.map(storedDecisionView),
  };
}

/** One attempt with its evidence. */
export function attemptView(attempt: AttemptRecord, redactor: Redactor) {
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
    response: redactor.json(attempt.response),
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

/** An event with its payload (masked). */
export function eventView(event: Event, redactor: Redactor) {
  return {
    event_id: event.id,
    type: event.type,
    source: event.source,
    occurred_at: instant(event.occurredAt),
    created_at: instant(event.createdAt),
    dedupe_key: event.dedupeKey,
    job_id: event.jobId,
    attempt: event.attempt,
    root_job_id: event.rootJobId,
    depth: event.depth,
    payload: redactor.json(event.payload),
  };
}

/** An event with the decision of every route that looked at it. */
export function eventDetailView(detail: EventDetail, redactor: Redactor) {
  return {
    ...eventView(detail.event, redactor),
    jobs: detail.decisions.flatMap(jobsOf),
    decisions: detail.decisions.map(storedDecisionView),
  };
}

/** A decision that was just made. */
export function decisionView(decision: Decision) {
  return {
    code: decision.code,
    text: decision.text,
    at: instant(decision.at),
    job_id: decision.jobId,
    event_id: decision.eventId,
    instance: decision.instance,
    schedule: decision.schedule,
    route: decision.route,
    values: decision.values,
  };
}

/** A recorded decision with its repeats. */
export function storedDecisionView(decision: StoredDecision) {
  return {
    ...decisionView(decision),
    count: decision.count,
    first_at: instant(decision.firstAt),
    last_at: instant(decision.lastAt),
  };
}

/** Ids of the jobs that a `route_taken` decision made. */
export function jobsOf(decision: Decision): readonly string[] {
  if (decision.code !== 'route_taken' || !isJsonObject(decision.values)) return [];
  const ids = decision.values.job_ids;
  return Array.isArray(ids) ? ids.filter((id): id is string => typeof id === 'string') : [];
}

/** A schedule with its last and next slot. */
export function scheduleView(view: ScheduleView) {
  const { schedule } = view;
  return {
    schedule: nameOf(schedule),
    instance: schedule.instance,
    id: schedule.id,
    rhythm: schedule.rhythm,
    timezone: schedule.timezone,
    command: schedule.command,
    paused_at: instant(view.pausedAt),
    last_slot_at: instant(view.lastSlotAt),
    last_job_id: view.lastJobId,
    next_at: instant(view.nextAt),
  };
}

/** An instance with its plugin, limits, queue and breakers; its config is not shown. */
export function instanceView({ instance, counts, held, breakers }: InstanceView) {
  return {
    instance: instance.name,
    plugin: instance.plugin,
    version: instance.manifest.version,
    description: instance.manifest.description,
    enabled: instance.enabled,
    directory: instance.program.kind === 'plugin' ? instance.program.dir : null,
    concurrency: instance.concurrency,
    rate_limit:
      instance.rateLimit === null ? null : { count: instance.rateLimit.count, per_ms: instance.rateLimit.perMs },
    retry: { max_attempts: instance.retry.maxAttempts, base_ms: instance.retry.baseMs, cap_ms: instance.retry.capMs },
    commands: [...instance.manifest.commands.values()].map((command) => ({
      command: command.name,
      description: command.description,
      idempotent: command.idempotent,
      timeout_ms: timeoutFor(instance, command.name, null),
      input_schema: command.inputSchema,
    })),
    events: [...instance.manifest.events.values()].map((event) => ({ type: event.type, schema: event.schema })),
    config_keys: instance.manifest.configKeys,
    counts: countsView(counts),
    held: held === null ? null : { reason: held.reason, until: instant(held.until) },
    breakers: breakers.map((breaker) => ({
      command: breaker.command,
      state: breaker.state,
      failures: breaker.failures,
      opened_at: instant(breaker.openedAt),
    })),
  };
}

/** Jobs by status: active ones in all, ended ones of the last 24 hours. */
export function countsView(counts: readonly QueueCounts[]) {
  const total = { queued: 0, running: 0, succeeded: 0, failed: 0, dead: 0, cancelled: 0 };
  for (const row of counts) total[row.status] += row.count;
  return total;
}

/** The gateway at a glance. */
export function statusView(status: StatusView) {
  return {
    name: status.name,
    running: status.running,
    pid: status.pid,
    started_at: instant(status.startedAt),
    config_file: status.configFile,
    config_version: status.configVersion,
    slots: status.slots,
    jobs: countsView(status.counts),
    instances: status.instances.map((view) => {
      const { instance, plugin, enabled, counts, held, breakers } = instanceView(view);
      return { instance, plugin, enabled, jobs: counts, held, breakers };
    }),
    schedules: status.schedules.map(scheduleView),
    store: status.store,
  };
}
