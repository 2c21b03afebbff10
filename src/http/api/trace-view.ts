import type { JobStatus } from '../../domain/job.ts';
import { JOB_STATUSES } from '../../domain/job.ts';
import type { Trace } from '../../engine/operations.ts';
import { storedDecisionView } from './decision-view.ts';
import { instant } from './instant-view.ts';

/**
 * A lineage: who set it off, its jobs with their attempts and effects, its events with what every route made of them.
 * `allowed` says whose instances may be shown; null: of all.
 */
export function traceView(trace: Trace, allowed: readonly string[] | null) {
  const { asked, trigger, totals } = trace;
  const jobs = trace.jobs.filter(({ job }) => allowed?.includes(job.instance) ?? true);
  const events = trace.events.filter(({ source }) => allowed?.some((name) => source === `instance:${name}`) ?? true);
  const count = JOB_STATUSES.reduce((sum, status) => sum + (totals.byStatus[status] ?? 0), 0);
  return {
    asked: { kind: asked.kind, id: asked.id },
    trigger: {
      kind: trigger.kind,
      name: trigger.name,
      at: instant(trigger.at),
      slot_at: instant(trigger.slotAt),
      delivery_id: trigger.delivery?.id ?? null,
      event_id: trigger.eventId,
    },
    started_at: instant(totals.startedAt),
    ended_at: instant(totals.endedAt),
    duration_ms: totals.startedAt === null || totals.endedAt === null ? null : totals.endedAt - totals.startedAt,
    totals: {
      jobs: count,
      attempts: totals.attempts,
      by_status: Object.fromEntries(JOB_STATUSES.map((status) => [status, totals.byStatus[status] ?? 0])) as {
        [S in JobStatus]: number;
      },
      capped: totals.capped,
    },
    jobs: jobs.map(jobView),
    events: events.map(eventView),
    left_out: {
      jobs: Math.max(count - jobs.length, 0),
      events: trace.moreEvents || events.length < trace.events.length,
    },
  };
}

function jobView({ job, attempts, result, replayOf, replays, decisions }: Trace['jobs'][number]) {
  return {
    id: job.id,
    instance: job.instance,
    command: job.command,
    status: job.status,
    submitted_by: job.submittedBy,
    parent_job_id: job.parentJobId,
    root_job_id: job.rootJobId,
    source_event_id: job.sourceEventId,
    depth: job.depth,
    attempt: job.attempt,
    run_at: instant(job.runAt),
    created_at: instant(job.createdAt),
    started_at: instant(job.startedAt),
    completed_at: instant(job.completedAt),
    last_error: job.lastError,
    attempts: attempts.map((attempt) => ({
      attempt: attempt.attempt,
      outcome: attempt.outcome,
      started_at: instant(attempt.startedAt),
      ended_at: instant(attempt.endedAt),
      duration_ms: attempt.endedAt - attempt.startedAt,
      error: attempt.error,
      retry_at: instant(attempt.retryAt),
      state_version: attempt.stateVersion,
    })),
    result,
    replay_of: replayOf,
    replays,
    decisions: decisions.map(storedDecisionView),
  };
}

function eventView({ id, type, source, createdAt, jobId, attempt, decisions }: Trace['events'][number]) {
  return {
    event_id: id,
    type,
    source,
    created_at: instant(createdAt),
    job_id: jobId,
    attempt,
    decisions: decisions.map(storedDecisionView),
  };
}
