import type { Event } from '../event.ts';
import type { Instance } from '../instance.ts';
import { formatInstant } from '../instant.ts';
import type { AttemptOutcome, Job, JobError } from '../job.ts';
import type { JsonObject } from '../json.ts';

/** Everything a request tells a plugin. */
export interface RequestInput {
  /** Already at its new attempt number. */
  readonly job: Job;
  readonly instance: Instance;
  readonly state: JsonObject;
  /** The event that caused the job; null unless a route made it. */
  readonly event: Event | null;
  /** The delivery that caused the job, as the plugin sees it; null unless a webhook made it. */
  readonly webhook: JsonObject | null;
  readonly previousAttempts: readonly {
    readonly attempt: number;
    readonly outcome: AttemptOutcome;
    readonly error: JobError | null;
  }[];
  readonly deadlineAt: number;
  /** Absolute path of the lineage's directory. */
  readonly workspace: string;
}

/** The request of protocol 1 as the JSON text that goes to stdin; secrets of the config included. */
export function encodeRequest(input: RequestInput): string {
  const { job, instance, event, webhook } = input;
  return JSON.stringify({
    protocol: 1,
    job_id: job.id,
    instance: job.instance,
    plugin: instance.plugin,
    command: job.command,
    attempt: job.attempt,
    max_attempts: job.maxAttempts,
    idempotency_key: job.idempotencyKey,
    deadline_at: formatInstant(input.deadlineAt),
    previous_attempts: input.previousAttempts.map(({ attempt, outcome, error }) => ({
      attempt,
      outcome,
      error: error === null ? null : { code: error.code, message: error.message },
    })),
    config: instance.config,
    state: input.state,
    payload: job.payload,
    ...(event === null ? {} : { event: eventOf(event) }),
    ...(webhook === null ? {} : { webhook }),
    workspace: input.workspace,
    trace: { root_job_id: job.rootJobId, parent_job_id: job.parentJobId },
  });
}

function eventOf(event: Event): JsonObject {
  return {
    event_id: event.id,
    type: event.type,
    source: event.source,
    occurred_at: formatInstant(event.occurredAt),
    payload: event.payload,
  };
}
