import { z } from 'zod';
import type { Event } from '../../domain/event.ts';
import { formatInstant, parseInstant } from '../../domain/instant.ts';
import { ATTEMPT_OUTCOMES, type Job } from '../../domain/job.ts';
import { isJsonObject, type Json, type JsonObject } from '../../domain/json.ts';
import { instanceTemplateSchema } from '../../domain/replay/instance-template.ts';
import type { PassedDelivery } from '../../domain/webhook/passed-delivery.ts';
import type { PastAttempt } from '../../store/port/attempts.ts';
import type { Claimed } from '../../store/port/claims.ts';

const json = z.custom<Json>((value) => value !== undefined, 'is missing');
const jsonObject = z.custom<JsonObject>(isJsonObject, 'is not an object');
const instant = z.string().transform((text, context) => {
  const at = parseInstant(text);
  if (at === null) context.addIssue({ code: 'custom', message: 'is not an instant' });
  return at ?? 0;
});

/** The request of an attempt as a bundle holds it: the fields of the protocol, and the template of its instance. */
export const replayRequestSchema = z.object({
  job_id: z.string(),
  instance: z.string(),
  plugin: z.string(),
  command: z.string(),
  attempt: z.int().min(1),
  max_attempts: z.int().min(1),
  idempotency_key: z.string(),
  timeout_ms: z.int().min(1).nullable(),
  previous_attempts: z.array(
    z.object({
      attempt: z.int().min(1),
      outcome: z.enum(ATTEMPT_OUTCOMES),
      error: z.object({ code: z.string(), message: z.string() }).nullable(),
    }),
  ),
  state: jsonObject,
  payload: json,
  event: z
    .object({ event_id: z.string(), type: z.string(), source: z.string(), occurred_at: instant, payload: json })
    .nullable(),
  webhook: z
    .object({ name: z.string(), headers: jsonObject, query: jsonObject, body_base64: z.base64().nullable() })
    .nullable(),
  trace: z.object({ root_job_id: z.string(), parent_job_id: z.string().nullable() }),
  template: instanceTemplateSchema,
});

/** What an attempt was given, from wherever that is kept. */
export type Given = Omit<Claimed, 'stateVersion'>;

/** What a past attempt was given, as JSON. */
export function requestJson(
  { job, event, delivery, previousAttempts }: PastAttempt,
  { state, template }: { readonly state: JsonObject; readonly template: Json },
): JsonObject {
  return {
    job_id: job.id,
    instance: job.instance,
    plugin: job.plugin,
    command: job.command,
    attempt: job.attempt,
    max_attempts: job.maxAttempts,
    idempotency_key: job.idempotencyKey,
    timeout_ms: job.timeoutMs,
    previous_attempts: previousAttempts.map(({ attempt, outcome, error }) => ({
      attempt,
      outcome,
      error: error === null ? null : { code: error.code, message: error.message },
    })),
    state,
    payload: job.payload,
    event: event === null ? null : eventJson(event),
    webhook: delivery === null ? null : deliveryJson(delivery),
    trace: { root_job_id: job.rootJobId, parent_job_id: job.parentJobId },
    template,
  };
}

/** What an attempt was given, from the JSON of a bundle. What no plugin is told of the job is made up. */
export function givenOf(request: z.output<typeof replayRequestSchema>): Given {
  const { event, webhook } = request;
  return {
    job: jobOf(request),
    state: request.state,
    event: event === null ? null : eventOf(event),
    delivery:
      webhook === null
        ? null
        : {
            endpoint: webhook.name,
            headers: webhook.headers,
            query: webhook.query,
            body: webhook.body_base64 === null ? null : Buffer.from(webhook.body_base64, 'base64'),
          },
    previousAttempts: request.previous_attempts,
  };
}

function eventJson({ id, type, source, occurredAt, payload }: Event): JsonObject {
  return { event_id: id, type, source, occurred_at: formatInstant(occurredAt), payload };
}

function deliveryJson({ endpoint, headers, query, body }: PassedDelivery): JsonObject {
  return { name: endpoint, headers, query, body_base64: body === null ? null : Buffer.from(body).toString('base64') };
}

function jobOf(request: z.output<typeof replayRequestSchema>): Job {
  return {
    id: request.job_id,
    instance: request.instance,
    plugin: request.plugin,
    command: request.command,
    payload: request.payload,
    priority: 0,
    status: 'running',
    attempt: request.attempt,
    attemptsUsed: 0,
    maxAttempts: request.max_attempts,
    orphans: 0,
    uncleanEnds: 0,
    suspect: false,
    runAt: 0,
    leaseExpiresAt: null,
    owner: null,
    dedupeKey: null,
    idempotencyKey: request.idempotency_key,
    submittedBy: 'cli',
    parentJobId: request.trace.parent_job_id,
    rootJobId: request.trace.root_job_id,
    sourceEventId: request.event?.event_id ?? null,
    depth: 0,
    timeoutMs: request.timeout_ms,
    fromCore: false,
    configVersion: '',
    createdAt: 0,
    startedAt: null,
    completedAt: null,
    result: null,
    lastError: null,
  };
}

function eventOf(event: NonNullable<z.output<typeof replayRequestSchema>['event']>): Event {
  return {
    id: event.event_id,
    type: event.type,
    source: event.source,
    occurredAt: event.occurred_at,
    createdAt: event.occurred_at,
    dedupeKey: null,
    jobId: null,
    attempt: null,
    rootJobId: null,
    depth: 0,
    fromCore: false,
    payload: event.payload,
  };
}
