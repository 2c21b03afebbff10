import assert from 'node:assert/strict';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { type TestContext, test } from 'node:test';
import type { ScheduleInput } from '../../src/domain/schedule.ts';
import { createDispatcher } from '../../src/engine/dispatcher.ts';
import { createScheduler } from '../../src/engine/scheduler.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../schedules.ts';
import { type HarnessOptions, harness, NOON, ok, snapshotOf, temporaryDir } from './harness.ts';

/** A harness in which each schedule has an instance of its own, `p0`, `p1` and so on. */
async function started(t: TestContext, schedules: readonly ScheduleInput[]) {
  const dir = temporaryDir(t);
  const optionsOf = (inputs: readonly ScheduleInput[]): HarnessOptions => ({
    plugins: Object.fromEntries(inputs.map((_, index) => [`p${index}`, () => ok()])),
    schedules: inputs.map((input, index) => ({ ...input, instance: `p${index}` })),
    dir,
  });
  const h = await harness(t, optionsOf(schedules));
  const begin = () => {
    const dispatcher = createDispatcher(h.parts);
    const scheduler = createScheduler(h.parts, { wake: dispatcher.wake, cancel: async () => {} });
    return { dispatcher, scheduler };
  };
  let machinery = begin();
  const start = async (): Promise<void> => {
    machinery = begin();
    machinery.dispatcher.start();
    await machinery.scheduler.start();
    await h.settle();
  };
  const stop = async (): Promise<void> => {
    await machinery.scheduler.stop();
    await machinery.dispatcher.stop(0);
  };
  await start();
  return {
    ...h,
    start,
    stop,
    /** Lets the gateway be down for a while. */
    async down(ms: number) {
      await stop();
      h.clock.advance(ms);
      await start();
    },
    async jump(ms: number) {
      h.clock.jump(h.clock.now() + ms);
      await h.settle();
    },
    async pass(ms: number, step: number) {
      for (let left = ms; left > 0; left -= step) {
        h.clock.advance(Math.min(step, left));
        await h.settle();
      }
    },
    /** Goes over to other schedules, as a reload does. */
    async change(next: readonly ScheduleInput[]) {
      const snapshot = snapshotOf(optionsOf(next));
      await machinery.scheduler.change(snapshot.schedules, h.clock.now(), () => h.use(snapshot));
      await h.settle();
    },
    /** Nominal times of the slots of an instance that made a job, in order; asserts that each of them ran once. */
    slots(instance = 'p0'): readonly number[] {
      const db = new DatabaseSync(join(dir, 'ductile.db'), { readOnly: true });
      const rows = db.prepare('SELECT slot_at FROM slots WHERE instance = ? ORDER BY slot_at').all(instance);
      db.close();
      assert.equal(h.requests.filter(({ job }) => job.instance === instance).length, rows.length);
      return rows.map(({ slot_at }) => Number(slot_at));
    },
    /** How many slots of an instance are recorded as missed. */
    async missed(instance: string): Promise<number> {
      const { items } = await h.store.read.decisions({}, { limit: 100, cursor: null });
      const counts = items
        .filter((decision) => decision.instance === instance && decision.code === 'slot_missed')
        .map(({ values }) => (values as { count: number }).count);
      return counts.reduce((sum, count) => sum + count, 0);
    },
  };
}

function every(step: number, { from, to }: { readonly from: number; readonly to: number }): readonly number[] {
  return Array.from({ length: Math.floor((to - from) / step) }, (_, index) => from + (index + 1) * step);
}

test('ten days of downtime give the promised number of runs, and the rest is counted; a restart adds none', async (t) => {
  const table: readonly (readonly [rule: ScheduleInput, runs: number, missed: number])[] = [
    [{ every: '1s', catch_up: 'none' }, 0, 864_000],
    [{ every: '1s' }, 1, 863_999],
    [{ every: '1s', catch_up: 'all' }, 100, 863_900],
    [{ every: '1h', catch_up: 'none' }, 0, 240],
    [{ every: '1h' }, 1, 239],
    [{ every: '1h', catch_up: 'all' }, 100, 140],
    [{ every: 'daily', catch_up: 'all' }, 10, 0],
    [{ cron: '30 7 * * mon-fri', catch_up: 'all' }, 8, 0],
    [{ cron: '30 7 * * mon-fri' }, 1, 7],
    [{ at: '2026-11-25T00:00:00Z' }, 1, 0],
    [{ at: '2026-11-25T00:00:00Z', catch_up: 'none' }, 0, 1],
  ];
  const s = await started(
    t,
    table.map(([rule]) => rule),
  );
  await s.down(10 * DAY_MS);
  for (let again = 0; again < 2; again++) {
    for (const [index, [rule, runs, missed]] of table.entries()) {
      const name = `p${index}`;
      assert.deepEqual([s.slots(name).length, await s.missed(name)], [runs, missed], JSON.stringify(rule));
    }
    await s.down(0);
  }
  assert.deepEqual(s.slots('p2'), every(1_000, { from: NOON + 10 * DAY_MS - 100_000, to: NOON + 10 * DAY_MS }));
  await s.stop();
});

test('a clock that is set forward is downtime', async (t) => {
  const rules: readonly ScheduleInput[] = [
    { every: '10m', catch_up: 'none' },
    { every: '10m' },
    { every: '10m', catch_up: 'all' },
  ];
  for (const [step, ...runs] of [
    [HOUR_MS, 0, 1, 6],
    [DAY_MS, 0, 1, 100],
  ] as const) {
    const s = await started(t, rules);
    await s.pass(HOUR_MS, 10 * MINUTE_MS);
    await s.jump(step);
    await s.pass(HOUR_MS, 10 * MINUTE_MS);
    const counts = rules.map((_, index) => s.slots(`p${index}`).length);
    assert.deepEqual(
      counts,
      runs.map((caughtUp) => 6 + caughtUp + 6),
      `${step}`,
    );
    await s.stop();
  }
});

for (const [name, step] of [
  ['an hour', HOUR_MS],
  ['a day', DAY_MS],
] as const) {
  test(`a clock that is set back by ${name} fires nothing until it is where it was, then each slot once`, async (t) => {
    const s = await started(t, [{ every: '30m', catch_up: 'all' }]);
    await s.pass(2 * HOUR_MS, 30 * MINUTE_MS);
    const fired = every(30 * MINUTE_MS, { from: NOON, to: NOON + 2 * HOUR_MS });
    assert.deepEqual(s.slots(), fired);
    await s.jump(-step);
    await s.down(MINUTE_MS);
    await s.pass(step - MINUTE_MS, 30 * MINUTE_MS);
    assert.deepEqual(s.slots(), fired);
    await s.pass(HOUR_MS, 30 * MINUTE_MS);
    assert.deepEqual(s.slots(), every(30 * MINUTE_MS, { from: NOON, to: NOON + 3 * HOUR_MS }));
    // There and back again: nothing lies between.
    await s.jump(-step);
    await s.jump(step);
    assert.equal(s.slots().length, 6);
    await s.stop();
  });
}

test('restarts every few slots, some of them longer than the rhythm, leave every slot with one run', async (t) => {
  const s = await started(t, [{ every: '10m', catch_up: 'all' }]);
  for (let round = 0; s.clock.now() < NOON + DAY_MS; round++) {
    await s.pass(30 * MINUTE_MS, 10 * MINUTE_MS);
    await s.down([0, 4 * MINUTE_MS, 25 * MINUTE_MS][round % 3] ?? 0);
  }
  assert.deepEqual(s.slots(), every(10 * MINUTE_MS, { from: NOON, to: s.clock.now() }));
  await s.stop();
});

test('a configuration that is changed and restored runs by the one in force, and no slot twice', async (t) => {
  const [ten, seven] = [[{ every: '10m' }], [{ every: '7m' }]];
  const s = await started(t, ten);
  await s.pass(65 * MINUTE_MS, 5 * MINUTE_MS);
  const before = s.slots();
  assert.deepEqual(before, every(10 * MINUTE_MS, { from: NOON, to: NOON + HOUR_MS }));
  await s.change(seven);
  await s.pass(30 * MINUTE_MS, MINUTE_MS);
  const between = s.slots().slice(before.length);
  assert.equal(between.length, 4);
  assert.ok(between.every((at) => at % (7 * MINUTE_MS) === 0));
  await s.change(ten);
  await s.pass(25 * MINUTE_MS, 5 * MINUTE_MS);
  const after = every(10 * MINUTE_MS, { from: NOON + 90 * MINUTE_MS, to: NOON + 2 * HOUR_MS });
  assert.deepEqual(s.slots(), [...before, ...between, ...after]);
  await s.stop();
});

test('not even a change and a clock that goes back together run a slot again', async (t) => {
  const s = await started(t, [{ every: '10m', catch_up: 'all' }]);
  await s.pass(65 * MINUTE_MS, 5 * MINUTE_MS);
  await s.jump(-HOUR_MS);
  await s.change([{ every: '7m', catch_up: 'all' }]);
  await s.change([{ every: '10m', catch_up: 'all' }]);
  await s.pass(HOUR_MS, 5 * MINUTE_MS);
  assert.equal(s.slots().length, 6);
  await s.pass(5 * MINUTE_MS, 5 * MINUTE_MS);
  assert.equal(s.slots().length, 7);
  await s.stop();
});
