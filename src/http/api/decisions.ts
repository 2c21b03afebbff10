import { z } from 'zod';
import { DECISION_CODES, type DecisionCode } from '../../domain/decision.ts';
import { listAnswer } from './answer-schemas.ts';
import { storedDecisionAnswer } from './decision-schema.ts';
import { storedDecisionView } from './decision-view.ts';
import { instantField, pageFields } from './fields.ts';
import { instanceFor, NOTHING, type Route, route } from './route.ts';

const name = z.string().min(1).max(300).nullable().default(null);
const query = z.strictObject({
  ...pageFields,
  job_id: name,
  event_id: name,
  instance: name,
  schedule: name,
  route: name,
  code: z
    .string()
    .refine((code): code is DecisionCode => Object.hasOwn(DECISION_CODES, code), {
      error: ({ input }) => `"${String(input)}" is no code of a decision; docs/semantics.md lists them`,
    })
    .nullable()
    .default(null),
  since: instantField.nullable().default(null),
});

const list = route({
  method: 'GET',
  path: '/decisions',
  scope: 'read',
  reach: 'limited',
  summary: 'Lists why things did or did not happen, newest first by when each was decided first.',
  tag: 'decisions',
  params: NOTHING,
  query,
  body: null,
  answers: { 200: { means: 'A page of decisions.', schema: listAnswer('decisions', storedDecisionAnswer) } },
  errors: [],
  async handle({ query: { limit, cursor, ...asked } }, { operations, caller }) {
    const instance = instanceFor(caller, asked.instance);
    const filter = {
      jobId: asked.job_id,
      eventId: asked.event_id,
      instance,
      schedule: asked.schedule,
      route: asked.route,
      code: asked.code,
      since: asked.since,
    };
    const { items, nextCursor } = await operations.decisions(filter, { limit, cursor });
    return { status: 200, body: { decisions: items.map(storedDecisionView), next_cursor: nextCursor } };
  },
});

/** `/decisions`. */
export const DECISION_ROUTES: readonly Route[] = [list];
