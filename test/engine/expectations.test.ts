import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { type TestContext, test } from 'node:test';
import type { Expectation } from '../../src/domain/expectation.ts';
import { createDispatcher } from '../../src/engine/dispatcher.ts';
import { createEnqueue } from '../../src/engine/enqueue.ts';
import { createExpectations, expectationViews } from '../../src/engine/expectations.ts';
import { type Harness, type HarnessOptions, harness, NOON, ok, snapshotOf, temporaryDir } from './harness.ts';

const HOUR = 3_600_000;
const BACKUP: Expectation = { name: 'backup', seen: { kind: 'event', eventType: 'backup.done' }, withinMs: 26 * HOUR };

/** A gateway that expects a backup and sends its own events to `notify`. */
async function expecting(t: TestContext, more: Partial<HarnessOptions> = {}) {
  const options: HarnessOptions = {
    plugins: { notify: () => ok() },
    routes: [{ name: 'tell', event_type: 'ductile.expectation.*', to: 'notify' }],
    expectations: [BACKUP],
    ...more,
  };
  const h = await harness(t, options);
  // Of its own for each start, as in a gateway.
  const parts = { ...h.parts, newId: randomUUID };
  const dispatcher = createDispatcher(parts);
  const wake = (): void => {
    dispatcher.wake();
    expectations.hear();
  };
  const expectations = createExpectations(parts, { wake, missed() {} });
  const enqueue = createEnqueue(parts, wake);
  h.bus.subscribe(expectations.hear);
  dispatcher.start();
  const told = () => h.requests.map(({ event }) => event?.type.split('.').at(-1));
  const advance = async (ms: number): Promise<void> => {
    h.clock.advance(ms);
    await h.settle();
  };
  const back = async (): Promise<void> => {
    await enqueue.emit({ type: 'backup.done', payload: {}, source: 'cli' });
    await h.settle();
  };
  const stop = async (): Promise<void> => {
    await expectations.stop();
    await dispatcher.stop(0);
  };
  await expectations.look();
  return { h, options, expectations, told, advance, back, stop };
}

async function codesOf(h: Harness): Promise<readonly string[]> {
  const { items } = await h.store.read.decisions({}, { limit: 50, cursor: null });
  return items
    .map(({ code }) => code)
    .filter((code) => code.startsWith('expectation_'))
    .toReversed();
}

test('silence is reported once, and its end once', async (t) => {
  const { h, told, advance, back, stop } = await expecting(t);
  await advance(26 * HOUR - 1);
  assert.deepEqual(told(), []);
  await advance(1);
  assert.deepEqual(told(), ['missed']);
  await advance(100 * HOUR);
  assert.deepEqual(told(), ['missed']);
  await back();
  await advance(1_000);
  assert.deepEqual(told(), ['missed', 'recovered']);
  await advance(26 * HOUR);
  assert.deepEqual(told(), ['missed', 'recovered', 'missed']);
  assert.deepEqual(await codesOf(h), ['expectation_missed', 'expectation_recovered', 'expectation_missed']);
  assert.equal(h.requests[0]?.event?.payload instanceof Object, true);
  await stop();
});

test('a sight puts the end of the silence off', async (t) => {
  const { told, advance, back, stop } = await expecting(t);
  await advance(25 * HOUR);
  await back();
  await advance(26 * HOUR - 1);
  assert.deepEqual(told(), []);
  await advance(1);
  assert.deepEqual(told(), ['missed']);
  await stop();
});

test('a restart reports nothing twice, and counts the span from what was seen before it', async (t) => {
  const dir = temporaryDir(t);
  const first = await expecting(t, { dir });
  await first.back();
  await first.advance(26 * HOUR);
  assert.deepEqual(first.told(), ['missed']);
  await first.stop();
  await first.h.store.close();
  const second = await expecting(t, { dir, start: NOON + 30 * HOUR });
  await second.h.settle();
  assert.deepEqual(second.told(), []);
  await second.back();
  await second.advance(1_000);
  assert.deepEqual(second.told(), ['recovered']);
  await second.stop();
  await second.h.store.close();
  const third = await expecting(t, { dir, start: NOON + 90 * HOUR });
  await third.h.settle();
  assert.deepEqual(third.told(), ['missed']);
  await third.stop();
});

test('a reload keeps what stays, starts what is new afresh, and forgets what is gone', async (t) => {
  const { h, options, expectations, told, advance, stop } = await expecting(t);
  const use = async (all: readonly Expectation[]): Promise<void> => {
    await h.use(snapshotOf({ ...options, expectations: all }));
    await expectations.look();
    await h.settle();
  };
  await advance(20 * HOUR);
  await use([BACKUP, { name: 'mail', seen: { kind: 'job', instance: 'notify', command: null }, withinMs: 10 * HOUR }]);
  await advance(6 * HOUR);
  assert.deepEqual(told(), ['missed']);
  await use([{ ...BACKUP, withinMs: 48 * HOUR }]);
  assert.deepEqual(told(), ['missed', 'recovered']);
  await use([]);
  await advance(500 * HOUR);
  assert.deepEqual(told(), ['missed', 'recovered']);
  assert.equal(h.clock.pending(), 0);
  await stop();
});

test('what an event about an expectation causes is no sight and makes no further events', async (t) => {
  const { h, told, advance, stop } = await expecting(t, {
    routes: [{ name: 'tell', event_type: 'ductile.*', to: 'notify' }],
    expectations: [
      { name: 'mail', seen: { kind: 'job', instance: 'notify', command: null }, withinMs: HOUR },
      { name: 'core', seen: { kind: 'event', eventType: 'ductile.*' }, withinMs: HOUR },
    ],
  });
  for (let hour = 0; hour < 5; hour += 1) {
    await advance(HOUR - 1_000);
    await advance(1_000);
  }
  assert.deepEqual(told(), ['missed', 'missed']);
  const { items } = await h.store.read.events({ type: null, source: null, jobId: null }, { limit: 50, cursor: null });
  assert.equal(items.length, 2);
  await stop();
});

test('an event of the core is kept for an expectation that waits for it', async (t) => {
  const { h, advance, stop } = await expecting(t, {
    routes: [],
    expectations: [{ name: 'ok', seen: { kind: 'event', eventType: 'ductile.job.succeeded' }, withinMs: HOUR }],
  });
  const enqueue = createEnqueue(h.parts, () => {});
  await advance(HOUR);
  await enqueue.submit({ instance: 'notify', command: 'handle', payload: {}, submittedBy: 'cli' });
  const dispatcher = createDispatcher(h.parts);
  dispatcher.start();
  await h.settle();
  await advance(1_000);
  const [view] = await expectationViews(h.parts);
  assert.deepEqual([view?.state.seenAt, view?.state.missedAt], [NOON + HOUR, null]);
  assert.deepEqual(await codesOf(h), ['expectation_missed', 'expectation_recovered']);
  await dispatcher.stop(0);
  await stop();
});

test('when the clock was set back, the span counts from there', async (t) => {
  const { h, told, advance, back, stop } = await expecting(t);
  await advance(24 * HOUR);
  await back();
  h.clock.jump(NOON);
  await h.store.commit({ kind: 'clock_back', byMs: 24 * HOUR, at: NOON });
  await advance(26 * HOUR - 1);
  assert.deepEqual(told(), []);
  await advance(1);
  assert.deepEqual(told(), ['missed']);
  await stop();
});
