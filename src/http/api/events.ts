import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { formatInstant } from '../../domain/instant.ts';
import type { Operations } from '../../engine/operations.ts';
import type { Caller } from './caller.ts';
import { decisionView } from './decision-view.ts';
import { eventDetailView, eventView } from './event-view.ts';
import { dedupeKeyField, idParameter, pageFields, payloadField } from './fields.ts';
import { parse } from './parse.ts';

const emission = z.strictObject({ type: z.string(), payload: payloadField, dedupe_key: dedupeKeyField });
/** A trial may stand for any source, as a route's `from` names them; a bare name is an instance. */
const trial = emission.extend({
  source: z
    .string()
    .regex(/^((instance|webhook):)?[a-z][a-z0-9_-]{0,63}$/, 'must be an instance, webhook:<name>, api or cli')
    .transform((text) => (text === 'api' || text === 'cli' || text.includes(':') ? text : `instance:${text}`))
    .optional(),
});
const eventList = z.strictObject({
  ...pageFields,
  type: z.string().nullable().default(null),
  source: z.string().nullable().default(null),
  job_id: z.string().nullable().default(null),
});

/** Adds `/api/v1/events` (emit, list, show) and `/api/v1/routes/test`, which tells what an emission would lead to. */
export function addEvents(app: FastifyInstance, operations: Operations, caller: Caller): void {
  const redactor = () => operations.snapshot().redactor;
  app.post('/api/v1/events', async (request, reply) => {
    const { type, payload, dedupe_key } = parse(emission, request.body);
    const result = await operations.emit({ type, payload, dedupeKey: dedupe_key, source: caller.source });
    return reply.status(201).send({
      event_id: result.eventId,
      duplicate: result.duplicate,
      jobs: result.admissions.map((admission) => admission.jobId),
      decisions: result.decisions.map(decisionView),
    });
  });

  app.get('/api/v1/events', async (request) => {
    const { limit, cursor, job_id, ...filter } = parse(eventList, request.query);
    const listed = await operations.events({ ...filter, jobId: job_id }, { limit, cursor });
    return { events: listed.items.map((event) => eventView(event, redactor())), next_cursor: listed.nextCursor };
  });

  app.get('/api/v1/events/:id', async (request) => {
    return eventDetailView(await operations.event(parse(idParameter, request.params).id), redactor());
  });

  app.post('/api/v1/routes/test', (request) => {
    const { type, payload, dedupe_key, source = caller.source } = parse(trial, request.body);
    const { drafts, decisions } = operations.testRoutes({ type, payload, dedupeKey: dedupe_key, source });
    return {
      type,
      source,
      jobs: drafts.map((draft) => ({
        instance: draft.instance,
        command: draft.command,
        payload: redactor().json(draft.payload),
        dedupe_key: draft.dedupeKey,
        priority: draft.priority,
        run_at: formatInstant(draft.runAt),
        submitted_by: draft.submittedBy,
      })),
      decisions: decisions.map(decisionView),
    };
  });
}
