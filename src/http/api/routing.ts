import { z } from 'zod';
import { listAnswer } from './answer-schemas.ts';
import { emission } from './events.ts';
import { NOTHING, type Route, route } from './route.ts';
import { routeAnswer, routeTestAnswer } from './routing-schema.ts';
import { routeTestView, routeView } from './routing-view.ts';

const SOURCE = /^((instance|webhook):)?[a-z][a-z0-9_-]{0,63}$/;

/** A trial may stand for any source, as a route's `from` names them; a bare name is an instance. */
const trial = emission.extend({
  source: z
    .string()
    .regex(SOURCE, 'must be an instance, webhook:<name>, api or cli')
    .transform((text) => (text === 'api' || text === 'cli' || text.includes(':') ? text : `instance:${text}`))
    .optional(),
});

const list = route({
  method: 'GET',
  path: '/routes',
  scope: 'read',
  reach: 'gateway',
  summary: 'Lists the routes of the configuration, in their order.',
  tag: 'routes',
  params: NOTHING,
  query: NOTHING,
  body: null,
  answers: { 200: { means: 'The routes.', schema: listAnswer('routes', routeAnswer) } },
  errors: [],
  async handle(_input, { operations }) {
    const { routes, redactor } = operations.snapshot();
    return { status: 200, body: { routes: routes.map((one) => routeView(one, redactor)), next_cursor: null } };
  },
});

const test = route({
  method: 'POST',
  path: '/routes/test',
  scope: 'read',
  reach: 'gateway',
  summary: 'Tells what an event would lead to; nothing is stored.',
  tag: 'routes',
  params: NOTHING,
  query: NOTHING,
  body: trial,
  answers: { 200: { means: 'The jobs it would make and what each route says.', schema: routeTestAnswer } },
  errors: ['invalid_event_type', 'invalid_payload'],
  async handle({ body: { type, payload, dedupe_key, source: asked } }, { operations, caller }) {
    const source = asked ?? caller.source;
    const routed = operations.testRoutes({ type, payload, dedupeKey: dedupe_key, source });
    const { redactor } = operations.snapshot();
    return { status: 200, body: routeTestView(routed, { type, source, redactor }) };
  },
});

/** `/routes`: list, test. */
export const ROUTING_ROUTES: readonly Route[] = [list, test];
