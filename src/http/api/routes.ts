import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { OperatorError } from '../../domain/errors.ts';
import { formatInstant, parseInstant } from '../../domain/instant.ts';
import { isTerminal } from '../../domain/job.ts';
import type { Json } from '../../domain/json.ts';
import { parseDuration } from '../../domain/units.ts';
import type { Operations } from '../../engine/operations.ts';
import { parse } from './parse.ts';
import * as view from './views.ts';

const instant = z.string().transform((text, context) => {
  const at = parseInstant(text);
  if (at !== null) return at;
  context.addIssue({ code: 'custom', message: `"${text}" is not an RFC 3339 instant such as 2026-11-23T10:00:00Z` });
  return z.NEVER;
});
const duration = z.string().transform((text, context) => {
  const ms = parseDuration(text);
  if (ms !== null && ms <= MAX_WAIT_MS) return ms;
  context.addIssue({ code: 'custom', message: `"${text}" is not a duration up to 1h such as 250ms, 30s or 15m` });
  return z.NEVER;
});
const json = z.custom<Json>((value) => value !== undefined).default({});
/** Longest time a request may wait for a job to end. */
const MAX_WAIT_MS = 3_600_000;

const wholeNumber = z.coerce.number().int();
const page = {
  limit: wholeNumber.min(1).max(500).default(50),
  cursor: z.string().max(200).nullable().default(null),
};
const status = z.enum(['queued', 'running', 'succeeded', 'failed', 'dead', 'cancelled']);

const submission = z.strictObject({
  instance: z.string(),
  command: z.string().default('poll'),
  payload: json,
  dedupe_key: z.string().min(1).max(500).nullable().default(null),
  priority: z.number().int().min(-100).max(100).default(0),
  run_at: instant.optional(),
  max_attempts: z.number().int().min(1).max(1_000).optional(),
});
const emission = z.strictObject({
  type: z.string(),
  payload: json,
  dedupe_key: z.string().min(1).max(500).nullable().default(null),
});
const jobList = z.strictObject({
  ...page,
  status: status.nullable().default(null),
  instance: z.string().nullable().default(null),
  since: instant.nullable().default(null),
});
const eventList = z.strictObject({
  ...page,
  type: z.string().nullable().default(null),
  source: z.string().nullable().default(null),
  job_id: z.string().nullable().default(null),
});
const waiting = z.strictObject({ wait: duration.default(0) });
const byId = z.object({ id: z.string() });

/** Whom the requests of a listener speak for. */
export interface Caller {
  /** What jobs are submitted by: `cli` or `api:<token>`. */
  readonly submittedBy: string;
  /** What events come from: `cli` or `api`. */
  readonly source: string;
}

/** Adds `/api/v1` to a server: thin translations between JSON and the operations. */
export function addApiRoutes(app: FastifyInstance, operations: Operations, caller: Caller): void {
  const redactor = () => operations.snapshot().redactor;

  app.get('/api/v1/status', async () => view.statusView(await operations.status()));

  app.post('/api/v1/jobs', async (request, reply) => {
    const { wait } = parse(waiting, request.query);
    const body = parse(submission, request.body);
    const admission = await operations.submit({
      instance: body.instance,
      command: body.command,
      payload: body.payload,
      dedupeKey: body.dedupe_key,
      priority: body.priority,
      submittedBy: caller.submittedBy,
      ...(body.run_at === undefined ? {} : { runAt: body.run_at }),
      ...(body.max_attempts === undefined ? {} : { maxAttempts: body.max_attempts }),
    });
    const duplicate = admission.kind === 'duplicate';
    if (wait === 0) {
      const answer = { job_id: admission.jobId, duplicate, status: duplicate ? admission.status : 'queued' };
      const differs = duplicate && admission.payloadDiffers ? { payload_differs: true } : {};
      return reply.status(duplicate ? 200 : 201).send({ ...answer, ...differs });
    }
    const job = await operations.wait(admission.jobId, wait);
    const detail = view.jobDetailView(await operations.job(admission.jobId), redactor());
    return reply.status(isTerminal(job.status) ? 200 : 202).send(detail);
  });

  app.get('/api/v1/jobs', async (request) => {
    const { limit, cursor, since, ...filter } = parse(jobList, request.query);
    const listed = await operations.jobs({ ...filter, since }, { limit, cursor });
    return { jobs: listed.items.map(view.jobSummaryView), next_cursor: listed.nextCursor };
  });

  app.get('/api/v1/jobs/:id', async (request) => {
    const { id } = parse(byId, request.params);
    const { wait } = parse(waiting, request.query);
    if (wait > 0) await operations.wait(id, wait);
    return view.jobDetailView(await operations.job(id), redactor());
  });

  app.post('/api/v1/jobs/:id/cancel', async (request) => {
    return view.jobView(await operations.cancel(parse(byId, request.params).id), redactor());
  });

  app.post('/api/v1/jobs/:id/retry', async (request) => {
    return view.jobView(await operations.retry(parse(byId, request.params).id), redactor());
  });

  app.post('/api/v1/events', async (request, reply) => {
    const { type, payload, dedupe_key } = parse(emission, request.body);
    const result = await operations.emit({ type, payload, dedupeKey: dedupe_key, source: caller.source });
    return reply.status(201).send({
      event_id: result.eventId,
      duplicate: result.duplicate,
      jobs: result.admissions.map((admission) => admission.jobId),
      decisions: result.decisions.map(view.decisionView),
    });
  });

  app.get('/api/v1/events', async (request) => {
    const { limit, cursor, job_id, ...filter } = parse(eventList, request.query);
    const listed = await operations.events({ ...filter, jobId: job_id }, { limit, cursor });
    return { events: listed.items.map((event) => view.eventView(event, redactor())), next_cursor: listed.nextCursor };
  });

  app.get('/api/v1/events/:id', async (request) => {
    return view.eventDetailView(await operations.event(parse(byId, request.params).id), redactor());
  });

  app.get('/api/v1/schedules', async () => {
    return { schedules: (await operations.schedules()).map(view.scheduleView), next_cursor: null };
  });

  app.get('/api/v1/instances', async () => {
    return { instances: (await operations.instances()).map(view.instanceView), next_cursor: null };
  });

  app.get('/api/v1/instances/:id', async (request) => {
    const { id } = parse(byId, request.params);
    const found = (await operations.instances()).find(({ instance }) => instance.name === id);
    if (found === undefined) throw new OperatorError('unknown_instance', `no instance "${id}" is configured`);
    return view.instanceView(found);
  });

  app.post('/api/v1/routes/test', (request) => {
    const { type, payload, dedupe_key } = parse(emission, request.body);
    const routed = operations.testRoutes({ type, payload, dedupeKey: dedupe_key, source: caller.source });
    return {
      type,
      jobs: routed.drafts.map((draft) => ({
        instance: draft.instance,
        command: draft.command,
        payload: redactor().json(draft.payload),
        dedupe_key: draft.dedupeKey,
        priority: draft.priority,
        run_at: formatInstant(draft.runAt),
        submitted_by: draft.submittedBy,
      })),
      decisions: routed.decisions.map(view.decisionView),
    };
  });
}
