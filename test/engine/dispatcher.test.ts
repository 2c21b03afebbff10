import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createDispatcher } from '../../src/engine/dispatcher.ts';
import { createEnqueue } from '../../src/engine/enqueue.ts';
import { waitForJob } from '../../src/engine/wait.ts';
import type { Store } from '../../src/store/port.ts';
import { emitted, type Harness, harness, ok } from './harness.ts';

function submit(h: Harness, wake: () => void, instance: string, change: { dedupeKey?: string; runAt?: number } = {}) {
  const enqueue = createEnqueue(h.parts, wake);
  return enqueue.submit({ instance, command: 'poll', payload: { n: 1 }, submittedBy: 'cli', ...change });
}

test('a job that fails twice and then succeeds has three attempts with errors and retry times', async (t) => {
  let runs = 0;
  const h = await harness(t, {
    plugins: {
      flaky: () => {
        runs += 1;
        return runs < 3 ? { kind: 'exited' } : ok({ result: 'done' });
      },
    },
    instances: { flaky: { retry: { maxAttempts: 5, baseMs: 200, capMs: 10_000 } } },
  });
  const dispatcher = createDispatcher(h.parts);
  dispatcher.start();
  const { jobId } = await submit(h, dispatcher.wake, 'flaky');
  await h.settle();
  // Random draws are 0 in this harness: the waits are the lower halves, 100 ms and 200 ms.
  h.clock.advance(99);
  await h.settle();
  assert.equal(runs, 1);
  h.clock.advance(1);
  await h.settle();
  assert.equal(runs, 2);
  h.clock.advance(200);
  await h.settle();
  const job = await h.store.read.job(jobId);
  assert.deepEqual([job?.status, job?.attempt, job?.attemptsUsed, job?.result], ['succeeded', 3, 3, 'done']);
  const attempts = await h.store.read.attempts(jobId);
  assert.deepEqual(
    attempts.map(({ attempt, outcome, error, retryAt, endedAt }) => [
      attempt,
      outcome,
      error?.code ?? null,
      retryAt === null ? null : retryAt - endedAt,
    ]),
    [
      [1, 'failed', 'nonzero_exit', 100],
      [2, 'failed', 'nonzero_exit', 200],
      [3, 'succeeded', null, null],
    ],
  );
  await dispatcher.stop(0);
});

test('a job that keeps failing is dead after its last attempt', async (t) => {
  const h = await harness(t, {
    plugins: { broken: () => ({ kind: 'exited' }) },
    instances: { broken: { retry: { maxAttempts: 2, baseMs: 1_000, capMs: 1_000 } } },
  });
  const dispatcher = createDispatcher(h.parts);
  dispatcher.start();
  const { jobId } = await submit(h, dispatcher.wake, 'broken');
  await h.settle();
  h.clock.advance(1_000);
  await h.settle();
  const job = await h.store.read.job(jobId);
  assert.deepEqual([job?.status, job?.lastError?.code, h.requests.length], ['dead', 'nonzero_exit', 2]);
  await dispatcher.stop(0);
});

test('the state updates of a failed attempt are there for the next one', async (t) => {
  const h = await harness(t, {
    plugins: {
      tokens: ({ job, state }) =>
        job.attempt === 1
          ? ok({
              status: 'error',
              error: { code: 'network', message: 'no' },
              stateUpdates: { cursor: 't2', old: null },
            })
          : ok({ result: state }),
    },
  });
  const dispatcher = createDispatcher(h.parts);
  dispatcher.start();
  const { jobId } = await submit(h, dispatcher.wake, 'tokens');
  await h.settle();
  h.clock.advance(30_000);
  await h.settle();
  assert.deepEqual((await h.store.read.job(jobId))?.result, { cursor: 't2' });
  assert.deepEqual(
    h.requests[1]?.previousAttempts.map(({ attempt, outcome }) => [attempt, outcome]),
    [[1, 'failed']],
  );
  await dispatcher.stop(0);
});

test('a chain of routes carries an event from its trigger to the last effect', async (t) => {
  const h = await harness(t, {
    plugins: {
      source: () => ok({ events: [emitted('a.found', { kg: 81 }), emitted('a.ignored')] }),
      middle: ({ event }) => ok({ events: [emitted('b.ready', { from: event?.type ?? null })] }),
      last: () => ok(),
    },
    routes: [
      { name: 'heavy', event_type: 'a.found', when: 'payload.kg > 80', to: 'middle' },
      { name: 'light', event_type: 'a.*', when: 'has(payload.kg) && payload.kg <= 80', to: 'middle' },
      {
        name: 'end',
        event_type: 'b.ready',
        to: { instance: 'last', command: 'handle' },
        with: { text: '${{ payload.from }}!' },
      },
    ],
  });
  const dispatcher = createDispatcher(h.parts);
  dispatcher.start();
  const { jobId } = await submit(h, dispatcher.wake, 'source');
  await h.settle();
  const lineage = await h.store.read.lineage(jobId);
  assert.deepEqual(
    lineage.map(({ instance, status, depth, submittedBy }) => [instance, status, depth, submittedBy]),
    [
      ['source', 'succeeded', 0, 'cli'],
      ['middle', 'succeeded', 1, 'route:heavy'],
      ['last', 'succeeded', 2, 'route:end'],
    ],
  );
  assert.deepEqual(h.requests[2]?.job.payload, { text: 'a.found!' });
  await dispatcher.stop(0);
});

test('a second job with the same key is absorbed while the first is active and for the window after it', async (t) => {
  const h = await harness(t, { plugins: { once: () => ok() } });
  const dispatcher = createDispatcher(h.parts);
  const first = await submit(h, () => {}, 'once', { dedupeKey: 'k' });
  const second = await submit(h, () => {}, 'once', { dedupeKey: 'k' });
  assert.deepEqual(second, { kind: 'duplicate', jobId: first.jobId, status: 'queued', payloadDiffers: false });
  dispatcher.start();
  await h.settle();
  const third = await submit(h, dispatcher.wake, 'once', { dedupeKey: 'k' });
  assert.deepEqual([third.kind, third.jobId], ['duplicate', first.jobId]);
  h.clock.advance(86_400_001);
  const fourth = await submit(h, dispatcher.wake, 'once', { dedupeKey: 'k' });
  assert.equal(fourth.kind, 'admitted');
  await h.settle();
  await dispatcher.stop(0);
});

test('a running job that is cancelled ends cancelled, whatever it answers afterwards', async (t) => {
  const h = await harness(t, {
    plugins: {
      slow: ({ signal }) =>
        new Promise((resolve) => {
          signal.addEventListener('abort', () => resolve({ kind: 'cancelled' }), { once: true });
        }),
    },
  });
  const dispatcher = createDispatcher(h.parts);
  dispatcher.start();
  const { jobId } = await submit(h, dispatcher.wake, 'slow');
  await h.settle();
  assert.equal(dispatcher.active().size, 1);
  assert.ok(dispatcher.cancel(jobId));
  const job = await waitForJob(h.parts, { jobId, timeoutMs: 1_000, signal: new AbortController().signal });
  assert.equal(job?.status, 'cancelled');
  await h.settle();
  assert.ok(!dispatcher.cancel(jobId));
  await dispatcher.stop(0);
});

test('an instance at its cap holds nobody else up', async (t) => {
  const releases: (() => void)[] = [];
  const h = await harness(t, {
    plugins: {
      narrow: () =>
        new Promise((resolve) => {
          releases.push(() => resolve(ok()));
        }),
      other: () => ok(),
    },
  });
  const dispatcher = createDispatcher(h.parts);
  for (let i = 0; i < 5; i += 1) await submit(h, () => {}, 'narrow');
  const { jobId } = await submit(h, () => {}, 'other');
  dispatcher.start();
  await h.settle();
  assert.equal((await h.store.read.job(jobId))?.status, 'succeeded');
  assert.equal(releases.length, 1);
  assert.deepEqual(dispatcher.held(), [{ instance: 'narrow', reason: 'cap', until: null }]);
  for (let i = 0; i < 5; i += 1) {
    releases.at(-1)?.();
    await h.settle();
  }
  assert.equal(h.requests.length, 6);
  await dispatcher.stop(0);
});

test('a dispatcher with nothing to do asks the store nothing', async (t) => {
  const h = await harness(t, { plugins: { quiet: () => ok() } });
  const dispatcher = createDispatcher(h.parts);
  dispatcher.start();
  await submit(h, dispatcher.wake, 'quiet', { runAt: h.clock.now() + 3_600_000 });
  await h.settle();
  const before = h.store.counters().calls;
  h.clock.advance(3_500_000);
  await h.settle();
  assert.equal(h.store.counters().calls, before);
  h.clock.advance(100_000);
  await h.settle();
  assert.equal(h.requests.length, 1);
  await dispatcher.stop(0);
});

test('stopping lets running attempts end, then interrupts them without charging the attempt', async (t) => {
  const h = await harness(t, {
    plugins: {
      long: ({ signal }) =>
        new Promise((resolve) => {
          signal.addEventListener('abort', () => resolve({ kind: 'interrupted', started: true }), { once: true });
        }),
    },
  });
  const dispatcher = createDispatcher(h.parts);
  dispatcher.start();
  const { jobId } = await submit(h, dispatcher.wake, 'long');
  await h.settle();
  const stopped = dispatcher.stop(30_000);
  await submit(h, dispatcher.wake, 'long');
  await h.settle();
  assert.equal(h.requests.length, 1);
  h.clock.advance(30_000);
  await stopped;
  const job = await h.store.read.job(jobId);
  assert.deepEqual([job?.status, job?.attempt, job?.attemptsUsed], ['queued', 1, 0]);
  assert.equal((await h.store.read.attempts(jobId))[0]?.outcome, 'interrupted');
});

test('a dispatcher for one job leaves the others queued', async (t) => {
  const h = await harness(t, {
    plugins: { one: () => ok({ events: [emitted('x.y')] }), two: () => ok() },
    routes: [{ name: 'r', event_type: 'x.y', to: 'two' }],
  });
  const other = await submit(h, () => {}, 'one');
  const { jobId } = await submit(h, () => {}, 'one');
  const dispatcher = createDispatcher(h.parts, jobId);
  dispatcher.start();
  await h.settle();
  assert.equal((await h.store.read.job(jobId))?.status, 'succeeded');
  assert.equal((await h.store.read.job(other.jobId))?.status, 'queued');
  assert.deepEqual(
    (await h.store.read.children(jobId)).map(({ status }) => status),
    ['queued'],
  );
  await dispatcher.stop(0);
});

test('state that would grow beyond its limit refuses the whole response', async (t) => {
  const h = await harness(t, {
    plugins: { greedy: () => ok({ stateUpdates: { big: 'x'.repeat(2_000) }, events: [emitted('x.y')] }) },
  });
  const greedy = h.parts.snapshot().instances.get('greedy');
  assert.ok(greedy);
  await h.use({
    ...h.parts.snapshot(),
    instances: new Map([['greedy', { ...greedy, limits: { ...greedy.limits, stateBytes: 1_000 } }]]),
  });
  const dispatcher = createDispatcher(h.parts);
  dispatcher.start();
  const { jobId } = await submit(h, dispatcher.wake, 'greedy');
  await h.settle();
  const job = await h.store.read.job(jobId);
  assert.deepEqual([job?.status, job?.lastError?.code], ['failed', 'invalid_state']);
  assert.deepEqual((await h.store.read.state('greedy')).value, {});
  assert.deepEqual(
    (await h.store.read.events({ type: null, source: null, jobId }, { limit: 5, cursor: null })).items,
    [],
  );
  await dispatcher.stop(0);
});

test('a wake is never lost, whatever the moment at which it comes', async (t) => {
  const h = await harness(t, { plugins: { p: () => ok() } });
  for (let turns = 0; turns < 20; turns += 1) {
    let claims = 0;
    const store: Store = {
      ...h.store,
      claim: async () => {
        claims += 1;
        if (claims === 1) void afterMicrotasks(turns).then(() => dispatcher.wake());
        return { jobs: [], nextAt: null, held: [] };
      },
    };
    const dispatcher = createDispatcher({ ...h.parts, store });
    dispatcher.start();
    await h.settle();
    assert.equal(claims, 2, `a wake after ${turns} microtasks`);
  }
});

test('all whose jobs were in one commit are looked after at once', async (t) => {
  const h = await harness(t, { plugins: { p: () => ok() } });
  let claims = 0;
  const store: Store = {
    ...h.store,
    claim: async () => {
      claims += 1;
      return { jobs: [], nextAt: null, held: [] };
    },
  };
  const dispatcher = createDispatcher({ ...h.parts, store });
  dispatcher.start();
  await h.settle();
  assert.equal(claims, 1);
  const before = h.store.counters().transactions;
  await Promise.all(Array.from({ length: 20 }, () => submit(h, dispatcher.wake, 'p')));
  await h.settle();
  assert.equal(h.store.counters().transactions, before + 1);
  assert.equal(claims, 2);
});

async function afterMicrotasks(count: number): Promise<void> {
  for (let i = 0; i < count; i += 1) await Promise.resolve();
}
