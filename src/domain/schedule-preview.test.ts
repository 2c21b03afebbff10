import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS, scheduleOf, utc } from '../../test/schedules.ts';
import type { ScheduleInput } from './schedule.ts';
import { type ForesightOptions, foresee, markBefore } from './schedule-preview.ts';

const FROM = utc('2024-03-10T00:00');

function told(input: ScheduleInput, options: Partial<ForesightOptions> = {}) {
  const plain = {
    from: FROM,
    to: FROM + DAY_MS,
    mark: FROM,
    down: null,
    durationMs: 0,
    shut: null,
    skipAt: null,
    most: 1_000,
  };
  const { slots } = foresee(scheduleOf(input), { ...plain, ...options });
  return slots.map(({ at, outcome, reason, count }) => [(at - FROM) / MINUTE_MS, outcome, reason, count]);
}

test('runs longer than the rhythm meet the schedule’s overlap', () => {
  const options = { to: FROM + 46 * MINUTE_MS, durationMs: 20 * MINUTE_MS };
  assert.deepEqual(told({ every: '15m' }, options), [
    [15, 'run', null, 1],
    [30, 'skip', 'slot_overlap', 1],
    [45, 'run', null, 1],
  ]);
  for (const overlap of ['queue', 'cancel'] as const) {
    assert.ok(told({ every: '15m', overlap }, options).every(([, outcome]) => outcome === 'run'));
  }
});

for (const [catchUp, expected] of [
  ['none', [[200, 'skip', 'slot_missed', 3]]],
  [
    'latest',
    [
      [200, 'skip', 'slot_missed', 2],
      [200, 'moved', 'caught_up', 1],
    ],
  ],
  [
    'all',
    [
      [200, 'moved', 'caught_up', 1],
      [205, 'moved', 'caught_up', 1],
      [210, 'moved', 'caught_up', 1],
    ],
  ],
] as const) {
  test(`three hours of downtime with catch_up: ${catchUp}`, () => {
    const down = { from: FROM + 10 * MINUTE_MS, to: FROM + 200 * MINUTE_MS };
    const options = { down, to: FROM + 4 * HOUR_MS, durationMs: 5 * MINUTE_MS };
    assert.deepEqual(told({ every: '1h', catch_up: catchUp }, options), expected);
  });
}

test('a run that the downtime ended runs again, and what waited behind it is made up for', () => {
  const down = { from: FROM + 65 * MINUTE_MS, to: FROM + 130 * MINUTE_MS };
  const options = { down, to: FROM + 3 * HOUR_MS, durationMs: 10 * MINUTE_MS };
  assert.deepEqual(told({ every: '1h' }, options), [
    [60, 'run', null, 1],
    [130, 'skip', 'slot_overlap', 1],
  ]);
});

test('a day on which the clock goes forward loses or moves what falls into the gap', () => {
  const cron = { cron: '30 2 * * *', timezone: 'America/New_York' } as const;
  assert.deepEqual(told(cron), [[420, 'moved', 'moved', 1]]);
  assert.deepEqual(told({ ...cron, dst: { gap: 'skip' } }, { to: FROM + 2 * DAY_MS }), [
    [1_830, 'skip', 'slot_dst_gap', 1],
    [1_830, 'run', null, 1],
  ]);
});

test('slots outside the window are folded into the run at its opening', () => {
  assert.deepEqual(told({ every: '1h', window: { start: '03:30', end: '04:30' } }, { to: FROM + 5 * HOUR_MS }), [
    [210, 'skip', 'slot_window', 2],
    [210, 'moved', 'moved', 1],
    [240, 'run', null, 1],
  ]);
});

test('a schedule that may not run has its slots skipped with the reason, and so has what it missed', () => {
  const down = { from: FROM, to: FROM + 150 * MINUTE_MS };
  assert.deepEqual(told({ every: '1h' }, { shut: 'slot_paused', mark: FROM - 1, down, to: FROM + 3 * HOUR_MS + 1 }), [
    [150, 'skip', 'slot_missed', 2],
    [150, 'skip', 'slot_paused', 1],
    [180, 'skip', 'slot_paused', 1],
  ]);
});

test('too much to tell ends early and says where', () => {
  const schedule = scheduleOf({ every: '1s' });
  const options = {
    from: FROM,
    to: FROM + 7 * DAY_MS,
    mark: FROM,
    down: null,
    durationMs: 0,
    shut: null,
    skipAt: null,
    most: 100,
  };
  const { slots, until } = foresee(schedule, options);
  assert.deepEqual([slots.length, until], [100, FROM + 100 * SECOND_MS]);
});

test('a schedule that was at work before has dealt with the slots before, and no jittered one that is ahead', () => {
  assert.equal(markBefore(scheduleOf({ every: '1h' }), FROM), FROM);
  assert.equal(markBefore(scheduleOf({ at: '2030-01-01T00:00:00Z' }), FROM), FROM - 1);
});
