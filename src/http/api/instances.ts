import { listAnswer } from './answer-schemas.ts';
import { idParameter } from './fields.ts';
import { healthView } from './health-view.ts';
import { instanceNamed } from './instance-named.ts';
import { healthAnswer, instanceAnswer } from './instance-schema.ts';
import { instanceView } from './instance-view.ts';
import { NOTHING, type Route, route } from './route.ts';

const list = route({
  method: 'GET',
  path: '/instances',
  scope: 'read',
  reach: 'limited',
  summary: 'Lists the instances and how they are doing.',
  tag: 'instances',
  params: NOTHING,
  query: NOTHING,
  body: null,
  answers: { 200: { means: 'The instances.', schema: listAnswer('instances', instanceAnswer) } },
  errors: [],
  async handle(_input, { operations, caller: { instances } }) {
    const views = (await operations.instances()).map(instanceView);
    const allowed = views.filter(({ instance }) => instances === null || instances.includes(instance));
    return { status: 200, body: { instances: allowed, next_cursor: null } };
  },
});

const show = route({
  method: 'GET',
  path: '/instances/:id',
  scope: 'read',
  reach: async ({ params }) => [params.id],
  summary: 'Shows an instance with its plugin, commands, limits, queue and breakers; its config is not shown.',
  tag: 'instances',
  params: idParameter,
  query: NOTHING,
  body: null,
  answers: { 200: { means: 'The instance.', schema: instanceAnswer } },
  errors: ['unknown_instance'],
  async handle({ params }, { operations }) {
    return { status: 200, body: instanceView(await instanceNamed(operations, params.id)) };
  },
});

const reset = route({
  method: 'POST',
  path: '/instances/:id/reset',
  scope: 'operate',
  reach: async ({ params }) => [params.id],
  summary: 'Closes the circuit breakers of an instance, and runs an init that has not succeeded.',
  tag: 'instances',
  params: idParameter,
  query: NOTHING,
  body: null,
  answers: { 200: { means: 'The instance.', schema: instanceAnswer } },
  errors: ['unknown_instance', 'draining'],
  async handle({ params: { id } }, { operations }) {
    await operations.reset(id);
    return { status: 200, body: instanceView(await instanceNamed(operations, id)) };
  },
});

const health = route({
  method: 'POST',
  path: '/instances/:id/health',
  scope: 'operate',
  reach: async ({ params }) => [params.id],
  summary: 'Runs the `health` command of an instance, if it has one, and tells what it said.',
  tag: 'instances',
  params: idParameter,
  query: NOTHING,
  body: null,
  answers: { 200: { means: 'What was found.', schema: healthAnswer } },
  errors: ['unknown_instance', 'gateway_unreachable', 'draining'],
  async handle({ params }, { operations }) {
    const report = await operations.health(params.id);
    return { status: 200, body: healthView(report, operations.snapshot().redactor.json(report.result)) };
  },
});

/** `/instances`: list, show, reset, health. */
export const INSTANCE_ROUTES: readonly Route[] = [list, show, reset, health];
