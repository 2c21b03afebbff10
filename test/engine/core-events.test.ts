import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { createOperations } from '../../src/engine/create-operations.ts';
import { createDispatcher } from '../../src/engine/dispatcher.ts';
import { createEnqueue } from '../../src/engine/enqueue.ts';
import { createInits } from '../../src/engine/inits.ts';
import { createScheduler } from '../../src/engine/scheduler.ts';
import { type HarnessOptions, harness, ok } from './harness.ts';

const MINUTE = 60_000;

/** A gateway that sends every event of the core to `sink`, whose jobs fail. */
async function told(t: TestContext, options: Partial<HarnessOptions>) {
  const h = await harness(t, {
    plugins: { p: () => ({ kind: 'exited' }), sink: () => ({ kind: 'exited' }) },
    routes: [{ name: 'all', event_type: 'ductile.*', to: 'sink', max_attempts: 1 }],
    ...options,
  });
  const dispatcher = createDispatcher(h.parts);
  const enqueue = createEnqueue(h.parts, dispatcher.wake);
  const scheduler = createScheduler(h.parts, { wake: dispatcher.wake, cancel: async () => {} });
  const inits = createInits(h.parts, dispatcher.wake);
  const operations = createOperations(h.parts, {
    enqueue,
    reload: () => assert.fail('no reload'),
    preview: () => assert.fail('no preview'),
    running: true,
    pid: 1,
    startedAt: 0,
    schedules: async () => scheduler.views(),
    skipSlot: (schedule, slotAt, commit) => scheduler.skip(schedule, slotAt, commit),
    pauseSchedule: (schedule, pausedAt, commit) => scheduler.pause(schedule, pausedAt, commit),
    held: dispatcher.held,
    stopping: new AbortController().signal,
    endAttempt: dispatcher.cancel,
    wake: dispatcher.wake,
    dispatching: () => true,
    retryInit: inits.look,
    webhooksAt: () => null,
    apiAt: () => null,
    newSecret: (bytes) => new Uint8Array(bytes),
    tokenEnded: () => {},
    metrics: async () => ({}),
    backups: { make: () => Promise.reject(new Error('no backups here')), state: () => null },
  });
  dispatcher.start();
  await scheduler.start();
  t.after(async () => {
    await scheduler.stop();
    await dispatcher.stop(0);
  });
  const events = async () => {
    const { items } = await h.store.read.events(
      { type: null, source: 'core', jobId: null },
      { limit: 99, cursor: null },
    );
    return items.toReversed();
  };
  const types = async () => (await events()).map(({ type }) => type.slice('ductile.'.length));
  const advance = async (ms: number): Promise<void> => {
    h.clock.advance(ms);
    await h.settle();
  };
  return { h, operations, enqueue, events, types, advance };
}

const FAILING = {
  instances: {
    p: { retry: { maxAttempts: 1, baseMs: 1, capMs: 1 }, breaker: { threshold: 2, resetAfterMs: 10 * MINUTE } },
  },
  schedules: [{ instance: 'p', id: 'often', every: '1m' }],
};

test('a job that fails because of ductile.job.dead makes no further event', async (t) => {
  const { h, enqueue, types } = await told(t, { instances: FAILING.instances });
  await enqueue.submit({ instance: 'p', command: 'poll', payload: {}, submittedBy: 'cli' });
  await h.settle();
  assert.deepEqual(await types(), ['job.dead']);
  assert.deepEqual(
    h.requests.map(({ instance, event }) => [instance.name, event?.type ?? null]),
    [
      ['p', null],
      ['sink', 'ductile.job.dead'],
    ],
  );
});

test('a breaker that opens and slots that it skips are events, each once for its decision', async (t) => {
  const { events, types, advance } = await told(t, FAILING);
  await advance(MINUTE);
  await advance(MINUTE);
  assert.deepEqual((await types()).toSorted(), ['breaker.opened', 'job.dead', 'job.dead']);
  await advance(MINUTE);
  assert.equal((await types()).at(-1), 'schedule.skipped');
  const opened = (await events()).find(({ type }) => type === 'ductile.breaker.opened');
  assert.partialDeepStrictEqual(opened, { fromCore: true, payload: { instance: 'p', command: 'poll' } });
  const skipped = (await events()).at(-1);
  assert.partialDeepStrictEqual(skipped?.payload, { schedule: 'p/often', reason: 'slot_breaker_open' });
});

test('a breaker that its probe closes is an event, and so is one that is reset by hand', async (t) => {
  let works = false;
  const plugins = { p: () => (works ? ok() : ({ kind: 'exited' } as const)), sink: () => ok() };
  const routes = [{ name: 'breakers', event_type: 'ductile.breaker.*', to: 'sink' }];
  const { operations, types, advance } = await told(t, { ...FAILING, plugins, routes });
  await advance(MINUTE);
  await advance(MINUTE);
  works = true;
  await advance(10 * MINUTE);
  await advance(MINUTE);
  assert.deepEqual(await types(), ['breaker.opened', 'breaker.closed']);
  works = false;
  await advance(MINUTE);
  await advance(MINUTE);
  assert.deepEqual(await operations.reset('p'), ['poll']);
  assert.deepEqual(await operations.reset('p'), []);
  assert.deepEqual(await types(), ['breaker.opened', 'breaker.closed', 'breaker.opened', 'breaker.closed']);
});

test('an event of the core that nothing waits for is not stored', async (t) => {
  const { types, advance } = await told(t, { ...FAILING, routes: [] });
  for (let minute = 0; minute < 4; minute += 1) await advance(MINUTE);
  assert.deepEqual(await types(), []);
});
