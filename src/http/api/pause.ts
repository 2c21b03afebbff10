import { z } from 'zod';
import { idParameter } from './fields.ts';
import { instanceNamed } from './instance-named.ts';
import { instanceAnswer } from './instance-schema.ts';
import { instanceView } from './instance-view.ts';
import { NOTHING, type Route, route } from './route.ts';

const pausedAnswer = z.strictObject({ paused: z.boolean(), changed: z.boolean() }).meta({ id: 'Paused' });

/** Pausing or resuming the whole gateway. */
function gateway(verb: 'pause' | 'resume', summary: string): Route {
  return route({
    method: 'POST',
    path: `/${verb}`,
    scope: 'operate',
    reach: 'gateway',
    summary,
    tag: 'gateway',
    params: NOTHING,
    query: NOTHING,
    body: null,
    answers: { 200: { means: 'How it is now; `changed` is false when it was so already.', schema: pausedAnswer } },
    errors: ['draining'],
    async handle(_input, { operations }) {
      const changed = await operations.pause(null, verb === 'pause');
      return { status: 200, body: { paused: verb === 'pause', changed } };
    },
  });
}

/** Pausing or resuming one instance. */
function instance(verb: 'pause' | 'resume', summary: string): Route {
  return route({
    method: 'POST',
    path: `/instances/:id/${verb}`,
    scope: 'operate',
    reach: async ({ params }) => [params.id],
    summary,
    tag: 'instances',
    params: idParameter,
    query: NOTHING,
    body: null,
    answers: { 200: { means: 'The instance.', schema: instanceAnswer } },
    errors: ['unknown_instance', 'draining'],
    async handle({ params: { id } }, { operations }) {
      await operations.pause(id, verb === 'pause');
      return { status: 200, body: instanceView(await instanceNamed(operations, id)) };
    },
  });
}

/** `/pause` and `/resume`, of the gateway and of an instance. */
export const PAUSE_ROUTES: readonly Route[] = [
  gateway('pause', 'Pauses the whole gateway: nothing starts until it is resumed.'),
  gateway('resume', 'Resumes the gateway.'),
  instance('pause', 'Pauses an instance: its jobs wait until it is resumed.'),
  instance('resume', 'Resumes an instance.'),
];
