import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { createDispatcher } from '../../src/engine/dispatcher.ts';
import { createScheduler } from '../../src/engine/scheduler.ts';
import { type HarnessOptions, harness, NOON, ok } from './harness.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

async function started(
  t: TestContext,
  options: HarnessOptions & { readonly cancel?: (jobId: string) => Promise<unknown> },
) {
  const h = await harness(t, options);
  const dispatcher = createDispatcher(h.parts);
  const cancelled: string[] = [];
  const scheduler = createScheduler(h.parts, {
    wake: dispatcher.wake,
    cancel:
      options.cancel ??
      (async (jobId) => {
        cancelled.push(jobId);
        dispatcher.cancel(jobId);
      }),
  });
  dispatcher.start();
  await scheduler.start();
  await h.settle();
  const stop = async (): Promise<void> => {
    await scheduler.stop();
    await dispatcher.stop(0);
  };
  /** Lets time pass in steps, resting after each. */
  const pass = async (ms: number, step: number): Promise<void> => {
    for (let left = ms; left > 0; left -= step) {
      h.clock.advance(Math.min(step, left));
      await h.settle();
    }
  };
  const decisions = async (): Promise<readonly (readonly [string, number])[]> => {
    const listed = await h.store.read.decisions({}, { limit: 50, cursor: null });
    return listed.items.map(({ code, count }) => [code, count] as const);
  };
  return { ...h, scheduler, cancelled, stop, pass, decisions };
}

test('slots fire on the grid, once each, and the gateway sleeps in between', async (t) => {
  const s = await started(t, { plugins: { p: () => ok() }, schedules: [{ instance: 'p', every: '10m' }] });
  assert.equal(s.requests.length, 0);
  await s.pass(HOUR, 5 * MINUTE);
  assert.equal(s.requests.length, 6);
  assert.equal(s.scheduler.views()[0]?.nextAt, NOON + HOUR + 10 * MINUTE);
  assert.deepEqual(s.requests[0]?.job.submittedBy, 'scheduler:p/default');
  const before = s.store.counters().calls;
  s.clock.advance(5 * MINUTE);
  await s.settle();
  assert.equal(s.store.counters().calls, before);
  await s.stop();
});

test('run_on_start runs once at the start, then the grid goes on', async (t) => {
  const s = await started(t, {
    plugins: { p: () => ok() },
    schedules: [{ instance: 'p', every: '1h', run_on_start: true }],
    start: NOON + 1,
  });
  assert.equal(s.requests.length, 1);
  await s.pass(HOUR, 10 * MINUTE);
  assert.equal(s.requests.length, 2);
  await s.stop();
});

for (const [catchUp, runs, missed] of [
  ['none', 0, 9],
  ['latest', 1, 8],
  ['all', 9, 0],
] as const) {
  test(`after nine missed slots, catch_up: ${catchUp} runs ${runs} and records the rest`, async (t) => {
    const options: HarnessOptions = {
      plugins: { p: () => ok() },
      schedules: [{ instance: 'p', every: '1h', catch_up: catchUp }],
      start: NOON,
    };
    const s = await started(t, options);
    await s.scheduler.stop();
    s.clock.advance(9 * HOUR + 30 * MINUTE);
    await s.settle();
    await s.scheduler.start();
    await s.settle();
    assert.equal(s.requests.length, runs);
    assert.deepEqual(await s.decisions(), missed === 0 ? [] : [['slot_missed', 1]]);
    const recorded = (await s.store.read.decisions({}, { limit: 1, cursor: null })).items[0]?.values;
    if (missed > 0) assert.equal((recorded as { count: number }).count, missed);
    await s.pass(30 * MINUTE, 30 * MINUTE);
    assert.equal(s.requests.length, runs + 1);
    await s.stop();
  });
}

test('a slot is skipped while the previous run is going, and the skips are counted', async (t) => {
  let release = (): void => {};
  const s = await started(t, {
    plugins: {
      p: () =>
        new Promise((resolve) => {
          release = () => resolve(ok());
        }),
    },
    schedules: [{ instance: 'p', every: '1m' }],
  });
  await s.pass(4 * MINUTE, MINUTE);
  assert.equal(s.requests.length, 1);
  assert.deepEqual(await s.decisions(), [['slot_overlap', 3]]);
  release();
  await s.settle();
  await s.pass(MINUTE, MINUTE);
  assert.equal(s.requests.length, 2);
  release();
  await s.settle();
  await s.stop();
});

test('overlap: queue lets runs wait in line', async (t) => {
  let release = (): void => {};
  const s = await started(t, {
    plugins: {
      p: () =>
        new Promise((resolve) => {
          release = () => resolve(ok());
        }),
    },
    schedules: [{ instance: 'p', every: '1m', overlap: 'queue' }],
  });
  await s.pass(3 * MINUTE, MINUTE);
  assert.equal(await s.store.read.queued(10), 2);
  for (let i = 0; i < 3; i += 1) {
    release();
    await s.settle();
  }
  assert.equal(s.requests.length, 3);
  await s.stop();
});

test('overlap: cancel ends the previous run', async (t) => {
  const s = await started(t, {
    plugins: {
      p: ({ signal }) =>
        new Promise((resolve) => {
          signal.addEventListener('abort', () => resolve({ kind: 'cancelled' }), { once: true });
        }),
    },
    schedules: [{ instance: 'p', every: '1m', overlap: 'cancel' }],
  });
  await s.pass(2 * MINUTE, MINUTE);
  assert.deepEqual(s.cancelled, [s.requests[0]?.job.id]);
  assert.equal((await s.store.read.job(s.cancelled[0] ?? ''))?.status, 'cancelled');
  await s.stop();
});

test('a job that waits for its next attempt does not hold its schedule up', async (t) => {
  const s = await started(t, {
    plugins: { p: () => ({ kind: 'exited' }) },
    instances: { p: { retry: { maxAttempts: 5, baseMs: HOUR, capMs: HOUR } } },
    schedules: [{ instance: 'p', every: '1m' }],
  });
  await s.pass(3 * MINUTE, MINUTE);
  assert.equal(s.requests.length, 3);
  await s.stop();
});

test('the breaker opens after its threshold, lets one probe through, and closes when that succeeds', async (t) => {
  let healthy = false;
  const s = await started(t, {
    plugins: { p: () => (healthy ? ok() : ok({ status: 'error', error: { code: 'auth_failed', message: 'no' } })) },
    instances: { p: { breaker: { threshold: 2, resetAfterMs: 10 * MINUTE } } },
    schedules: [{ instance: 'p', every: '1m' }],
  });
  await s.pass(5 * MINUTE, MINUTE);
  assert.equal(s.requests.length, 2);
  assert.deepEqual(
    (await s.decisions()).filter(([code]) => code === 'slot_breaker_open'),
    [['slot_breaker_open', 3]],
  );
  healthy = true;
  await s.pass(7 * MINUTE, MINUTE);
  assert.equal(s.requests[2]?.job.maxAttempts, 1);
  assert.equal((await s.store.read.breakers())[0]?.state, 'closed');
  await s.pass(2 * MINUTE, MINUTE);
  assert.equal(s.requests.length, 5);
  await s.stop();
});

test('an instance that is disabled skips its slots with a reason', async (t) => {
  const s = await started(t, {
    plugins: { p: () => ok() },
    instances: { p: { enabled: false } },
    schedules: [{ instance: 'p', every: '1m' }],
  });
  await s.pass(3 * MINUTE, MINUTE);
  assert.equal(s.requests.length, 0);
  assert.deepEqual(await s.decisions(), [['slot_disabled', 3]]);
  await s.stop();
});

test('slots of a paused instance, and of a paused gateway, are skipped and not caught up', async (t) => {
  const s = await started(t, {
    plugins: { p: () => ok() },
    schedules: [{ instance: 'p', every: '1h', catch_up: 'all' }],
  });
  const pause = (instance: string | null, paused: boolean) => {
    const about = { text: '', jobId: null, eventId: null, schedule: null, route: null, values: null };
    const decision = { ...about, code: 'instance_paused', at: s.clock.now(), instance, collapseKey: 'it' } as const;
    return s.store.commit({ kind: 'pause', instance, paused, at: s.clock.now(), decision });
  };
  await pause('p', true);
  await s.pass(2 * HOUR, HOUR);
  await pause(null, true);
  await pause('p', false);
  await s.pass(HOUR, HOUR);
  await pause(null, false);
  await s.pass(HOUR / 2, HOUR / 2);
  assert.equal(s.requests.length, 0);
  await s.pass(HOUR / 2, HOUR / 2);
  assert.equal(s.requests.length, 1);
  assert.ok((await s.decisions()).some(([code, count]) => code === 'slot_paused' && count === 3));
  await s.stop();
});

test('setting the clock back fires no slot twice', async (t) => {
  const s = await started(t, { plugins: { p: () => ok() }, schedules: [{ instance: 'p', every: '1h' }] });
  await s.pass(2 * HOUR, HOUR);
  assert.equal(s.requests.length, 2);
  s.clock.jump(NOON);
  await s.pass(2 * HOUR, HOUR);
  assert.equal(s.requests.length, 2);
  await s.pass(HOUR, HOUR);
  assert.equal(s.requests.length, 3);
  await s.stop();
});

test('slots outside the window become one run at its opening, and the folding is recorded', async (t) => {
  const s = await started(t, {
    plugins: { p: () => ok() },
    schedules: [{ instance: 'p', every: '1h', window: { start: '15:30', end: '16:30' } }],
  });
  await s.pass(3 * HOUR, 30 * MINUTE);
  assert.equal(s.requests.length, 0);
  await s.pass(2 * HOUR, 30 * MINUTE);
  assert.equal(s.requests.length, 2);
  assert.deepEqual(await s.decisions(), [['slot_window', 1]]);
  await s.stop();
});

test('a run at the start loses no slot whose jitter or window is still ahead', async (t) => {
  const s = await started(t, {
    plugins: { p: () => ok() },
    schedules: [{ instance: 'p', every: '1h', jitter: '50m', run_on_start: true }],
    start: NOON - HOUR + 1,
  });
  await s.scheduler.stop();
  const planned = s.scheduler.views()[0]?.nextAt ?? 0;
  assert.ok(planned >= NOON && planned < NOON + HOUR);
  // A restart within the slot's jitter: the run at the start must not take the slot's place.
  s.clock.advance(NOON + 1 - s.clock.now());
  await s.scheduler.start();
  await s.settle();
  assert.equal(s.requests.length, 2);
  await s.pass(HOUR - 1, 10 * MINUTE);
  assert.equal(s.requests.length, 3);
  await s.stop();
});

test('a run at the start outside the window is skipped with a reason', async (t) => {
  const s = await started(t, {
    plugins: { p: () => ok() },
    schedules: [{ instance: 'p', every: '1h', window: { start: '20:00', end: '22:00' }, run_on_start: true }],
  });
  assert.equal(s.requests.length, 0);
  assert.deepEqual(await s.decisions(), [['slot_window', 1]]);
  await s.stop();
});

test('a schedule that waits for a deaf process to end holds no other up, and stopping does not wait for it', async (t) => {
  const s = await started(t, {
    plugins: {
      deaf: ({ signal }) =>
        new Promise((resolve) => {
          signal.addEventListener('abort', () => {
            if (signal.reason === 'interrupted') resolve({ kind: 'interrupted', started: true });
          });
        }),
      quick: () => ok(),
    },
    schedules: [
      { instance: 'deaf', every: '3s', overlap: 'cancel' },
      { instance: 'quick', every: '1s' },
    ],
    cancel: () => new Promise(() => {}),
  });
  await s.pass(30_000, 1_000);
  assert.equal(s.requests.filter(({ job }) => job.instance === 'deaf').length, 1);
  assert.equal(s.requests.filter(({ job }) => job.instance === 'quick').length, 30);
  await s.scheduler.stop();
});

test('a paused schedule skips its slots, across a restart too, and catches none of them up', async (t) => {
  const s = await started(t, {
    plugins: { p: () => ok() },
    schedules: [{ instance: 'p', every: '1h', catch_up: 'all' }],
  });
  const key = { instance: 'p', id: 'default' };
  const pause = (paused: boolean) => {
    const at = s.clock.now();
    const commit = () =>
      s.store.commit({ kind: 'pause_schedule', schedule: key, paused, at, upTo: null, decisions: [] });
    return s.scheduler.pause(key, paused ? at : null, commit);
  };
  assert.deepEqual(await pause(true), { kind: 'changed' });
  await s.pass(2 * HOUR, HOUR);
  await s.scheduler.stop();
  await s.scheduler.start();
  assert.equal(s.scheduler.views()[0]?.pausedAt, NOON);
  await s.pass(HOUR, HOUR);
  assert.equal(s.requests.length, 0);
  assert.deepEqual(await s.decisions(), [['slot_paused', 3]]);
  await pause(false);
  await s.pass(HOUR, HOUR);
  assert.equal(s.requests.length, 1);
  await s.stop();
});

test('one slot is skipped when somebody asks for it, across a restart too, and those after it run', async (t) => {
  const s = await started(t, { plugins: { p: () => ok() }, schedules: [{ instance: 'p', every: '1h' }] });
  const key = { instance: 'p', id: 'default' };
  const slotAt = NOON + HOUR;
  const commit = () => s.store.commit({ kind: 'skip_next', schedule: key, slotAt });
  assert.deepEqual(await s.scheduler.skip(key, slotAt, commit), { kind: 'changed' });
  assert.equal(s.scheduler.views()[0]?.skipAt, slotAt);
  await s.scheduler.stop();
  await s.scheduler.start();
  await s.pass(HOUR, HOUR);
  assert.equal(s.requests.length, 0);
  assert.deepEqual(await s.decisions(), [['slot_skipped', 1]]);
  assert.equal(s.scheduler.views()[0]?.skipAt, null);
  await s.pass(2 * HOUR, HOUR);
  assert.equal(s.requests.length, 2);
  await s.stop();
});

test('a pause that comes while the schedules change is not forgotten', async (t) => {
  const s = await started(t, { plugins: { p: () => ok() }, schedules: [{ instance: 'p', every: '1h' }] });
  const [schedule] = s.parts.snapshot().schedules;
  assert.ok(schedule !== undefined);
  let commits = (): void => {};
  const changed = s.scheduler.change([{ ...schedule, priority: 7 }], NOON, () => {
    return new Promise((resolve) => {
      commits = resolve;
    });
  });
  const paused = s.scheduler.pause(schedule, NOON, async () => {});
  await s.settle();
  commits();
  await Promise.all([changed, paused]);
  assert.equal(s.scheduler.views()[0]?.pausedAt, NOON);
  await s.pass(HOUR, HOUR);
  assert.equal(s.requests.length, 0);
  await s.stop();
});
