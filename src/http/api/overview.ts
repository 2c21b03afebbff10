import { listAnswer } from './answer-schemas.ts';
import { expectationView } from './expectation-view.ts';
import { NOTHING, type Route, route } from './route.ts';
import { expectationAnswer, statusAnswer } from './status-schema.ts';
import { statusView } from './status-view.ts';

const status = route({
  method: 'GET',
  path: '/status',
  scope: 'read',
  reach: 'gateway',
  summary: 'Shows the gateway at a glance.',
  tag: 'gateway',
  params: NOTHING,
  query: NOTHING,
  body: null,
  answers: { 200: { means: 'The gateway.', schema: statusAnswer } },
  errors: [],
  async handle(_input, { operations }) {
    return { status: 200, body: statusView(await operations.status()) };
  },
});

const expectations = route({
  method: 'GET',
  path: '/expectations',
  scope: 'read',
  reach: 'gateway',
  summary: 'Lists what is expected to happen in time, with when it was last seen.',
  tag: 'gateway',
  params: NOTHING,
  query: NOTHING,
  body: null,
  answers: { 200: { means: 'The expectations.', schema: listAnswer('expectations', expectationAnswer) } },
  errors: [],
  async handle(_input, { operations }) {
    const views = (await operations.expectations()).map(expectationView);
    return { status: 200, body: { expectations: views, next_cursor: null } };
  },
});

/** `/status` and `/expectations`. */
export const OVERVIEW_ROUTES: readonly Route[] = [status, expectations];
