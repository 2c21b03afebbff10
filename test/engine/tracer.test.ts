import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { createBus } from '../../src/engine/bus.ts';
import { createTracer } from '../../src/engine/tracer.ts';
import type { Log } from '../../src/platform/log.ts';
import { type PostJson, postJson } from '../../src/platform/post-json.ts';
import { collector } from '../collector.ts';
import { jobOf } from '../values.ts';
import { NOON, snapshotOf } from './harness.ts';
import { manualClock } from './manual-clock.ts';

const GATHER_MS = 5_000;

/** A tracer that tells a real collector, with a clock by hand. */
async function tracing(t: TestContext, change: { readonly sample?: number; readonly post?: PostJson } = {}) {
  const { sample = 1, post = postJson } = change;
  const other = await collector(t);
  const clock = manualClock(NOON);
  const bus = createBus();
  const said: string[] = [];
  const say = (msg: string): void => {
    said.push(msg);
  };
  const log: Log = { debug() {}, info: say, warn: say, error: say, child: () => log };
  const headers = { 'x-token': 'correct-horse-battery' };
  let snapshot = snapshotOf({ plugins: {}, service: { otlp: { endpoint: other.url, headers, sample } } });
  let answered = 0;
  const counted: PostJson = (url, options) =>
    post(url, options).finally(() => {
      answered += 1;
    });
  const tracer = createTracer({ clock, log, bus, snapshot: () => snapshot }, { post: counted, version: '1.2.3' });
  let ids = 0;
  return {
    clock,
    tracer,
    collector: other,
    said,
    use(otlp: Parameters<typeof snapshotOf>[0]['service']) {
      snapshot = snapshotOf({ plugins: {}, ...(otlp === undefined ? {} : { service: otlp }) });
    },
    /** Attempts of lineages of their own: two spans each. */
    end(count: number): void {
      for (let n = 0; n < count; n += 1) {
        ids += 1;
        const id = `01980000-0000-7000-8000-${((ids * 2_654_435_761) % 2 ** 32).toString(16).padStart(12, '0')}`;
        const job = jobOf({ id, createdAt: NOON });
        const times = { startedAt: NOON + 5, endedAt: NOON + 10 };
        bus.publishAttempt({ job, event: null, outcome: 'succeeded', status: 'succeeded', error: null, ...times });
      }
    },
    /** Lets so many calls come to their end. */
    async answered(count: number): Promise<void> {
      while (answered < count) await new Promise((resolve) => setImmediate(resolve));
      await new Promise((resolve) => setImmediate(resolve));
    },
  };
}

test('spans are gathered for a while and sent together, with the headers; nothing is sent while nothing happens', async (t) => {
  const { clock, tracer, collector: other, end, answered } = await tracing(t);
  assert.equal(clock.pending(), 0);
  end(3);
  clock.advance(GATHER_MS - 1);
  assert.equal(other.requests.length, 0);
  clock.advance(1);
  await answered(1);
  assert.equal(other.spans.length, 6);
  assert.deepEqual(other.service, { 'service.name': 'test', 'service.version': '1.2.3' });
  const [request] = other.requests;
  assert.equal(request?.path, 'POST /v1/traces');
  assert.equal(request?.headers['x-token'], 'correct-horse-battery');
  assert.equal(request?.headers['content-type'], 'application/json');
  assert.deepEqual(tracer.counts(), { sent: 6, dropped: 0 });
  assert.equal(clock.pending(), 0);
  clock.advance(3_600_000);
  await tracer.stop();
  assert.equal(other.requests.length, 1);
});

test('a full batch is sent at once', async (t) => {
  const { tracer, collector: other, end, answered } = await tracing(t);
  end(256);
  await answered(1);
  assert.equal(other.spans.length, 512);
  await tracer.stop();
});

test('what a collector that is away could not take is sent later, said once, and bounded', async (t) => {
  const { clock, tracer, collector: other, end, answered, said } = await tracing(t);
  other.answerWith({ status: 503 });
  end(10);
  clock.advance(GATHER_MS);
  await answered(1);
  end(3_000);
  clock.advance(GATHER_MS);
  await answered(2);
  assert.deepEqual(said, ['traces could not be sent to the collector: it answered 503; see service.otlp']);
  assert.deepEqual(tracer.counts(), { sent: 0, dropped: 6_020 - 4_096 });
  other.answerWith({ status: 200, body: '{}' });
  clock.advance(2 * GATHER_MS);
  await answered(10);
  assert.equal(other.spans.length, 4_096);
  assert.equal(new Set(other.spans.map(({ spanId }) => spanId)).size, 4_096);
  assert.deepEqual(tracer.counts(), { sent: 4_096, dropped: 6_020 - 4_096 });
  assert.deepEqual(said.slice(1), ['traces are sent to the collector again']);
  await tracer.stop();
});

test('what a collector refuses for good, whole or in part, is dropped and counted', async (t) => {
  const { clock, tracer, collector: other, end, answered, said } = await tracing(t);
  other.answerWith({ status: 401 });
  end(2);
  clock.advance(GATHER_MS);
  await answered(1);
  assert.deepEqual(tracer.counts(), { sent: 0, dropped: 4 });
  assert.match(said.join(), /it answered 401, and the spans were dropped/);
  other.answerWith({ status: 200, body: '{"partialSuccess":{"rejectedSpans":"3"}}' });
  end(2);
  clock.advance(GATHER_MS);
  await answered(2);
  assert.deepEqual(tracer.counts(), { sent: 1, dropped: 7 });
  await tracer.stop();
});

test('the end sends what is left, and waits for a collector that says nothing only so long', async (t) => {
  const first = await tracing(t);
  first.end(300);
  await first.tracer.stop();
  assert.equal(first.collector.spans.length, 600);
  // Its own timeout is what ends the call: the bound is what it is given.
  const bounds: number[] = [];
  const post: PostJson = async (_, { timeoutMs }) => {
    bounds.push(timeoutMs);
    return { failure: `no answer within ${timeoutMs} ms` };
  };
  const second = await tracing(t, { post });
  second.end(4);
  await second.tracer.stop();
  assert.deepEqual(bounds, [3_000]);
  assert.deepEqual(second.tracer.counts(), { sent: 0, dropped: 8 });
});

test('a share of the lineages is told, and a reload may take the collector away', async (t) => {
  const { clock, tracer, collector: other, end, answered, use } = await tracing(t, { sample: 0.5 });
  end(200);
  clock.advance(GATHER_MS);
  await answered(1);
  const told = other.spans.length / 2;
  assert.ok(told > 50 && told < 150, String(told));
  use({ otlp: null });
  end(5);
  clock.advance(GATHER_MS);
  await tracer.stop();
  assert.equal(other.requests.length, 1);
});
