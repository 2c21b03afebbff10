import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DAY_MS, HOUR_MS, SECOND_MS, scheduleOf, slotsIn, utc } from '../../test/schedules.ts';
import { formatInstant } from './instant.ts';
import { type CompiledSchedule, missedSlots, type Slot } from './schedule.ts';

function text(at: number): string {
  return formatInstant(at).slice(0, 16);
}

test('what was missed is run or recorded as catch_up says', () => {
  const [highWaterAt, now] = [utc('2024-01-01T07:00'), utc('2024-01-05T12:00')];
  const missed = (catch_up: CompiledSchedule['catchUp']) =>
    missedSlots(scheduleOf({ cron: '0 7 * * *', catch_up }), { highWaterAt, now });
  const slot = (nominal: string): Slot => ({ nominalAt: utc(nominal), at: now, moved: false, collapsed: null });
  const last = utc('2024-01-05T07:00');
  assert.deepEqual(missed('none'), {
    run: [],
    missed: { count: 4, from: utc('2024-01-02T07:00'), to: last },
    highWaterAt: last,
  });
  assert.deepEqual(missed('latest'), {
    run: [slot('2024-01-05T07:00')],
    missed: { count: 3, from: utc('2024-01-02T07:00'), to: utc('2024-01-04T07:00') },
    highWaterAt: last,
  });
  assert.deepEqual(missed('all'), {
    run: [2, 3, 4, 5].map((day) => slot(`2024-01-0${day}T07:00`)),
    missed: null,
    highWaterAt: last,
  });
});

test('at most the latest hundred are caught up, oldest first, the others counted', () => {
  const schedule = scheduleOf({ every: '1s', catch_up: 'all' });
  const [highWaterAt, now] = [utc('2024-01-01T00:00'), utc('2024-01-11T00:00')];
  const { run, missed } = missedSlots(schedule, { highWaterAt, now });
  assert.deepEqual(
    run.map((slot) => slot.nominalAt),
    Array.from({ length: 100 }, (_, index) => now - (99 - index) * SECOND_MS),
  );
  const count = 10 * 86_400 - 100;
  assert.deepEqual(missed, { count, from: highWaterAt + SECOND_MS, to: highWaterAt + count * SECOND_MS });
});

test('a hundred schedules of a second look at the slots that run after ten days, and at no more after a year', () => {
  for (const [catch_up, most] of [
    ['none', 1],
    ['latest', 2],
    ['all', 101],
  ] as const) {
    for (const rule of [{ every: '1s' }, { cron: '* * * * * *', timezone: 'America/New_York' }]) {
      for (const days of [10, 365]) {
        const looked = Array.from({ length: 100 }, (_, index) => {
          const { schedule, looks } = counting(scheduleOf({ id: `s${index}`, ...rule, catch_up }));
          const highWaterAt = utc('2024-01-01T00:00') + index;
          missedSlots(schedule, { highWaterAt, now: highWaterAt + days * DAY_MS });
          return looks();
        });
        // Three more tell of the others: the first, the last, and how many.
        assert.ok(
          looked.every((looks) => looks <= most + 3),
          `${catch_up}: ${Math.max(...looked)}`,
        );
      }
    }
  }
});

/** A schedule that counts how often a slot of it is looked for. */
function counting(schedule: CompiledSchedule): { schedule: CompiledSchedule; looks: () => number } {
  let looks = 0;
  const { rhythm } = schedule;
  const counted = {
    ...schedule,
    get rhythm() {
      looks += 1;
      return rhythm;
    },
  };
  return { schedule: counted, looks: () => looks };
}

test('nothing is missed while nothing was due, also when the clock was set back', () => {
  const schedule = scheduleOf({ every: '1h', catch_up: 'all' });
  const highWaterAt = utc('2024-01-01T07:00');
  for (const now of ['2024-01-01T07:59', '2024-01-01T07:00', '2024-01-01T05:00', '2023-12-01T00:00']) {
    assert.deepEqual(missedSlots(schedule, { highWaterAt, now: utc(now) }), { run: [], missed: null, highWaterAt });
  }
});

test('a slot whose jitter is still ahead was not missed', () => {
  const schedule = scheduleOf({ every: '1h', jitter: '1h', catch_up: 'latest' });
  const highWaterAt = utc('2024-01-01T00:00');
  const slot = slotsIn(schedule, highWaterAt, utc('2024-01-02T00:00')).find(
    ({ at, nominalAt }) => at > nominalAt + 1_000,
  );
  assert.ok(slot !== undefined);
  const early = missedSlots(schedule, { highWaterAt, now: slot.at - 1 });
  assert.equal(early.highWaterAt, slot.nominalAt - HOUR_MS);
  const due = missedSlots(schedule, { highWaterAt, now: slot.at });
  // Caught up: at once, without jitter.
  assert.deepEqual(due.run, [slot]);
  assert.equal(due.highWaterAt, slot.nominalAt);
});

test('a slot that waits for its window was not missed, and a missed one waits for the next opening', () => {
  const schedule = scheduleOf({ cron: '0 5,7 * * *', window: { start: '06:00', end: '22:00' }, catch_up: 'all' });
  const highWaterAt = utc('2024-01-01T07:00');
  const closed = missedSlots(schedule, { highWaterAt, now: utc('2024-01-02T05:30') });
  assert.deepEqual(closed, { run: [], missed: null, highWaterAt });
  const evening = missedSlots(schedule, { highWaterAt, now: utc('2024-01-02T23:00') });
  assert.deepEqual(
    evening.run.map(({ nominalAt, at, moved }) => [text(nominalAt), text(at), moved]),
    [
      ['2024-01-02T05:00', '2024-01-03T06:00', true],
      ['2024-01-02T07:00', '2024-01-03T06:00', false],
    ],
  );
});

test('a missed single instant runs late, or is recorded', () => {
  const at = utc('2024-01-01T07:00');
  const missed = (catch_up: CompiledSchedule['catchUp'], now: number) =>
    missedSlots(scheduleOf({ at: '2024-01-01T07:00Z', catch_up }), { highWaterAt: at - 1, now });
  assert.deepEqual(missed('latest', at + DAY_MS).run, [
    { nominalAt: at, at: at + DAY_MS, moved: false, collapsed: null },
  ]);
  assert.deepEqual(missed('none', at + DAY_MS).missed, { count: 1, from: at, to: at });
  assert.equal(missed('latest', at - 1).run.length, 0);
});
