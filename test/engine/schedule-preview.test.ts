import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ScheduleInput } from '../../src/domain/schedule.ts';
import { foresee, type Span } from '../../src/domain/schedule-preview.ts';
import { createDispatcher } from '../../src/engine/dispatcher.ts';
import { createScheduler } from '../../src/engine/scheduler.ts';
import { harness, NOON, ok, type Script } from './harness.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
/** How long each run takes. */
const RUN_MS = 7 * MINUTE;

const SCHEDULES: readonly ScheduleInput[] = [
  { id: 'grid', every: '30m' },
  { id: 'overlapping', every: '5m' },
  { id: 'waiting', every: '5m', overlap: 'queue', window: { start: '13:00', end: '13:20' } },
  { id: 'jittered', every: '1h', jitter: '50m', overlap: 'queue' },
  { id: 'windowed', every: '1h', window: { start: '20:30', end: '04:00' } },
  { id: 'cron', cron: '15 */2 * * *', timezone: 'Australia/Lord_Howe' },
  { id: 'all', every: '1h', catch_up: 'all' },
  { id: 'none', every: '1h', catch_up: 'none' },
  { id: 'once', at: '2026-11-23T23:30:00Z' },
];

// No run is going when the gateway goes down, and none that it makes up for ends on a slot.
for (const down of [
  null,
  { from: NOON + 6 * HOUR + 13 * MINUTE, to: NOON + 12 * HOUR + 19 * MINUTE },
] satisfies (Span | null)[]) {
  test(`the preview is what the scheduler then does, ${down === null ? 'at work' : 'with downtime'}`, async (t) => {
    const days = 1;
    const names = SCHEDULES.map((_, index) => `p${index}`);
    const script: Script = ({ signal }) =>
      new Promise((resolve) => {
        signal.addEventListener('abort', () => resolve({ kind: 'interrupted', started: true }), { once: true });
        h.clock.after(RUN_MS, () => resolve(ok()));
      });
    const h = await harness(t, {
      plugins: Object.fromEntries(names.map((name) => [name, script])),
      schedules: SCHEDULES.map((schedule, index) => ({ ...schedule, instance: names[index] ?? '' })),
      service: { concurrency: SCHEDULES.length },
    });
    const dispatcher = createDispatcher(h.parts);
    const scheduler = createScheduler(h.parts, { wake: dispatcher.wake, cancel: async () => {} });
    dispatcher.start();
    await scheduler.start();
    await h.settle();
    const to = NOON + days * 24 * HOUR;
    while (h.clock.now() < to) {
      h.clock.advance(MINUTE);
      await h.settle();
      if (h.clock.now() === down?.from) {
        await scheduler.stop();
        h.clock.advance(down.to - down.from);
        await h.settle();
        await scheduler.start();
        await h.settle();
      }
    }
    await scheduler.stop();
    const page = { limit: 5_000, cursor: null };
    const { items } = await h.store.read.jobs({ status: null, instance: null, since: null }, page);
    const recorded = (await h.store.read.decisions({}, page)).items;
    for (const schedule of h.parts.snapshot().schedules) {
      const { slots } = foresee(schedule, {
        from: NOON,
        to: to + 1,
        mark: NOON,
        down,
        durationMs: RUN_MS,
        shut: null,
        skipAt: null,
        most: 5_000,
      });
      const name = `${schedule.instance}/${schedule.id}`;
      const runs = items
        .filter(({ submittedBy }) => submittedBy === `scheduler:${name}`)
        .map(({ createdAt }) => createdAt);
      // The clock of the test goes in minutes; jitter does not.
      const foreseen = slots
        .filter(({ outcome }) => outcome !== 'skip')
        .map(({ at }) => Math.ceil(at / MINUTE) * MINUTE);
      assert.ok(foreseen.length > 0, name);
      assert.deepEqual(
        foreseen,
        runs.toSorted((a, b) => a - b),
        name,
      );
      for (const code of ['slot_overlap', 'slot_missed', 'slot_window'] as const) {
        const live = recorded.find((decision) => decision.schedule === name && decision.code === code)?.count ?? 0;
        const skips = slots.filter(({ reason }) => reason === code).length;
        assert.equal(skips, live, `${name} ${code}`);
      }
    }
    await dispatcher.stop(0);
  });
}
