import { z } from 'zod';
import { OperatorError } from '../../domain/errors.ts';
import type { Told } from '../../engine/operations.ts';
import { systemClock } from '../../platform/clock.ts';
import { EVENT_STREAM_HEADERS, eventStream, type ServerSentEvent } from '../event-stream.ts';
import { changeView, instanceOfChange } from './change-view.ts';
import { maskedAnswer } from './masked-answer.ts';
import { NOTHING, type Route, route } from './route.ts';

const position = z
  .string()
  .regex(/^\d{1,15}$/, 'is not the id of an event of the stream')
  .transform(Number);
const query = z.strictObject({ after: position.nullable().default(null) });

const follow = route({
  method: 'GET',
  path: '/stream',
  scope: 'read',
  reach: 'limited',
  summary:
    'Follows what changes, as server-sent events. The first event, `ready`, says from where on nothing is left out.',
  tag: 'stream',
  params: NOTHING,
  query,
  body: null,
  answers: {
    200: {
      means: 'Server-sent events: `ready` or `reset`, then one for each change; docs/semantics.md has them.',
      schema: z.string(),
      contentType: 'text/event-stream',
    },
  },
  errors: ['too_many_streams', 'gateway_unreachable'],
  async handle({ query: { after } }, { operations, caller, headers, gone }) {
    const told = operations.follow(lastEventId(headers['last-event-id']) ?? after, gone());
    // What refuses does so here, while there still is a status to say it with.
    const first = await told.next();
    const events = eventsOf(first, told, (instance) => caller.instances?.includes(instance ?? '') ?? true);
    return {
      status: 200,
      body: eventStream(events, {
        clock: systemClock,
        json: (data) => maskedAnswer(data, operations.snapshot().redactor),
      }),
      headers: EVENT_STREAM_HEADERS,
    };
  },
});

/** Where a client that was cut off goes on; null: it has not been here before. */
function lastEventId(header: string | string[] | undefined): number | null {
  if (header === undefined || header === '') return null;
  const read = position.safeParse(header);
  if (read.success) return read.data;
  throw new OperatorError('usage', `"${String(header)}" is not the id of an event of the stream`, {
    hint: 'Send the last id unchanged as Last-Event-ID, or none to begin anew.',
  });
}

async function* eventsOf(
  first: IteratorResult<Told, void>,
  rest: AsyncGenerator<Told, void, undefined>,
  allowed: (instance: string | null) => boolean,
): AsyncGenerator<ServerSentEvent, void, undefined> {
  try {
    for (let told: IteratorResult<Told, void> = first; told.done !== true; told = await rest.next()) {
      const { value } = told;
      const id = String(value.position);
      if (value.kind !== 'changes') {
        yield { id, event: value.kind, data: { position: id } };
        continue;
      }
      let last = 0;
      for (const change of value.changes) {
        if (!allowed(instanceOfChange(change))) continue;
        last = change.seq;
        yield { id: String(last), event: change.kind, data: changeView(change) };
      }
      // So that a client that comes back need not be told again what it was not told.
      if (last < value.position) yield { id };
    }
  } finally {
    await rest.return();
  }
}

/** `/stream`: what changes, live. */
export const STREAM_ROUTES: readonly Route[] = [follow];
