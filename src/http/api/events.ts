import { z } from 'zod';
import { OperatorError } from '../../domain/errors.ts';
import type { Operations } from '../../engine/operations.ts';
import { listAnswer } from './answer-schemas.ts';
import type { Caller } from './caller.ts';
import { decisionView } from './decision-view.ts';
import { emissionAnswer, eventAnswer, eventDetailAnswer } from './event-schema.ts';
import { eventDetailView, eventFields } from './event-view.ts';
import { dedupeKeyField, idParameter, pageFields, payloadField } from './fields.ts';
import { checkInstance, instanceFor, NOTHING, type Route, route } from './route.ts';
import { shownAll } from './shown-all.ts';

/** What an event is emitted with. */
export const emission = z.strictObject({ type: z.string(), payload: payloadField, dedupe_key: dedupeKeyField });
const eventList = z.strictObject({
  ...pageFields,
  type: z.string().nullable().default(null),
  source: z.string().nullable().default(null),
  job_id: z.string().nullable().default(null),
});

const emit = route({
  method: 'POST',
  path: '/events',
  scope: 'submit',
  reach: 'gateway',
  summary: 'Emits an event; the jobs that routes make of it are recorded in the same commit.',
  tag: 'events',
  params: NOTHING,
  query: NOTHING,
  body: emission,
  answers: { 201: { means: 'The event is recorded, or was already (`duplicate`).', schema: emissionAnswer } },
  errors: ['invalid_event_type', 'invalid_payload', 'queue_full', 'draining'],
  takesKey: true,
  async handle({ body: { type, payload, dedupe_key } }, { operations, caller, once = null }) {
    const result = await operations.emit({ type, payload, dedupeKey: dedupe_key, source: caller.source, once });
    return {
      status: 201,
      body: {
        event_id: result.eventId,
        duplicate: result.duplicate,
        jobs: result.admissions.map((admission) => admission.jobId),
        decisions: result.decisions.map(decisionView),
      },
    };
  },
});

const list = route({
  method: 'GET',
  path: '/events',
  scope: 'read',
  reach: 'limited',
  summary: 'Lists events, newest first.',
  tag: 'events',
  params: NOTHING,
  query: eventList,
  body: null,
  answers: { 200: { means: 'A page of events.', schema: listAnswer('events', eventAnswer) } },
  errors: ['not_found'],
  async handle({ query: { limit, cursor, job_id, type, source: asked } }, { operations, caller }) {
    if (caller.instances !== null && job_id !== null) checkInstance(caller, await operations.instanceOf(job_id));
    const source = job_id === null ? sourceFor(caller, asked) : asked;
    const listed = await operations.events({ type, source, jobId: job_id }, { limit, cursor });
    const { redactor } = operations.snapshot();
    const payloads = await shownAll(
      redactor,
      listed.items.map(({ payload }) => payload),
    );
    return {
      status: 200,
      body: {
        events: listed.items.map((event, index) => eventFields(event, payloads[index] ?? null)),
        next_cursor: listed.nextCursor,
      },
    };
  },
});

const show = route({
  method: 'GET',
  path: '/events/:id',
  scope: 'read',
  reach: async ({ params }, operations) => [await instanceOfEvent(operations, params.id)],
  summary: 'Shows an event with the routes that were taken, those that were not, and why.',
  tag: 'events',
  params: idParameter,
  query: NOTHING,
  body: null,
  answers: { 200: { means: 'The event.', schema: eventDetailAnswer } },
  errors: ['not_found'],
  async handle({ params }, { operations }) {
    return {
      status: 200,
      body: eventDetailView(await operations.event(params.id), operations.snapshot().redactor),
    };
  },
});

/** The source that a list of events is to be of, for callers who see the events of some instances only. */
function sourceFor(caller: Caller, asked: string | null): string | null {
  if (caller.instances === null) return asked;
  if (asked !== null && !asked.startsWith('instance:')) throw notOfAnInstance();
  return `instance:${instanceFor(caller, asked === null ? null : asked.slice('instance:'.length))}`;
}

/** The instance that emitted an event; throws `forbidden` when none did, for callers who are limited to some. */
export async function instanceOfEvent(operations: Operations, id: string): Promise<string> {
  const { source } = (await operations.event(id)).event;
  if (!source.startsWith('instance:')) throw notOfAnInstance();
  return source.slice('instance:'.length);
}

function notOfAnInstance(): OperatorError {
  return new OperatorError('forbidden', 'the token is limited to some instances; this is no event of an instance', {
    hint: 'Use a token without `instance`, or ask with `source=instance:<name>`.',
  });
}

/** `/events`: emit, list, show. */
export const EVENT_ROUTES: readonly Route[] = [emit, list, show];
