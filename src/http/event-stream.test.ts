import assert from 'node:assert/strict';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { describe, it } from 'node:test';
import type { Clock } from '../platform/clock.ts';
import { systemClock } from '../platform/clock.ts';
import { eventStream, type ServerSentEvent } from './event-stream.ts';

async function* events(count: number, told: { count: number }): AsyncGenerator<ServerSentEvent, void, undefined> {
  for (let id = 1; id <= count; id += 1) {
    told.count = id;
    yield { id: String(id), event: 'thing', data: { text: 'x'.repeat(1_000) } };
  }
}

describe('a stream of server-sent events', () => {
  it('writes id, name and data of each event and ends with the last', async () => {
    async function* few(): AsyncGenerator<ServerSentEvent, void, undefined> {
      yield { id: '7', event: 'thing', data: { a: 'one\ntwo' } };
      yield { id: '8' };
    }
    const stream = eventStream(few(), { clock: systemClock, json: JSON.stringify });
    assert.equal(await text(stream), 'id: 7\nevent: thing\ndata: {"a":"one\\ntwo"}\n\nid: 8\n\n');
  });

  it('asks for no more than its buffer holds, and cuts off a client that takes nothing while others go on', async () => {
    const slow = { count: 0 };
    const quick = { count: 0 };
    const stalled = eventStream(events(10_000, slow), { clock: systemClock, json: JSON.stringify, stallMs: 50 });
    const error = once(stalled, 'error');
    // Starts the flow without taking anything of it.
    stalled.read(0);
    const other = await text(
      eventStream(events(1_000, quick), { clock: systemClock, json: JSON.stringify, stallMs: 50 }),
    );
    assert.equal(other.split('\n\n').length, 1_001);
    assert.match(String((await error)[0]), /takes nothing/);
    assert.ok(slow.count < 100, String(slow.count));
    assert.equal(stalled.destroyed, true);
  });

  it('sends a comment when there has been nothing to tell for a while', async () => {
    const timers: (() => void)[] = [];
    const clock: Clock = {
      ...systemClock,
      after(_ms, wake) {
        timers.push(wake);
        return () => {};
      },
    };
    let tell = (): void => {};
    async function* late(): AsyncGenerator<ServerSentEvent, void, undefined> {
      await new Promise<void>((resolve) => {
        tell = resolve;
      });
      yield { event: 'late' };
    }
    const stream = eventStream(late(), { clock, json: JSON.stringify });
    const chunks = stream[Symbol.asyncIterator]();
    const first = chunks.next();
    timers.shift()?.();
    assert.equal(String((await first).value), ': still here\n\n');
    tell();
    assert.equal(String((await chunks.next()).value), 'event: late\n\n');
    assert.equal((await chunks.next()).done, true);
  });

  it('ends with the error of its source', async () => {
    // biome-ignore lint/correctness/useYield: it fails before it has anything to tell
    async function* broken(): AsyncGenerator<ServerSentEvent, void, undefined> {
      throw new Error('no more');
    }
    await assert.rejects(text(eventStream(broken(), { clock: systemClock, json: JSON.stringify })), /no more/);
  });
});
