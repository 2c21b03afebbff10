import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { DAY_MS, HOUR_MS, SECOND_MS, scheduleOf, slotsIn, utc, ZONES } from '../../test/schedules.ts';
import { formatInstant } from './instant.ts';
import {
  type CompiledSchedule,
  missedSlots,
  nextSlot,
  type ScheduleInput,
  type Slot,
  type SlotTimes,
} from './schedule.ts';
import { nextNominal } from './schedule-nominal.ts';

// Random schedules whose slots are no closer than some minutes, so that walking them by brute force stays cheap.

const rhythms = fc.constantFrom<ScheduleInput>(
  { every: '7m' },
  { every: '6h' },
  { every: 'daily' },
  { every: 'monthly' },
  { cron: '*/20 * * * *' },
  { cron: '30 1,2,3 * * *' },
  { cron: '0 0 12 * * mon-fri' },
  { at: '2024-03-20T03:00Z' },
);
const minutes = fc.integer({ min: 0, max: 1_439 });
const clock = (minute: number) =>
  `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`;
const windows = fc
  .record({
    start: minutes,
    end: minutes,
    days: fc.subarray(['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'], { minLength: 1 }),
  })
  .filter(({ start, end }) => start !== end)
  .map(({ start, end, days }) => ({ start: clock(start), end: clock(end), days }));
const schedules = fc
  .record({
    rhythm: rhythms,
    timezone: fc.constantFrom(...ZONES),
    window: fc.option(windows, { nil: undefined }),
    jitter: fc.constantFrom(0, 1, 60_000, 2 * HOUR_MS),
    dst: fc.record({
      gap: fc.constantFrom('after' as const, 'skip' as const),
      fold: fc.constantFrom('first' as const, 'second' as const, 'both' as const),
    }),
    catch_up: fc.constantFrom('none' as const, 'latest' as const, 'all' as const),
  })
  .map(({ rhythm, ...rest }) => scheduleOf({ ...rhythm, ...rest }));
const starts = fc.integer({ min: utc('2024-01-01T00:00'), max: utc('2024-12-01T00:00') });

function nominalsIn(schedule: CompiledSchedule, after: number, upTo: number): number[] {
  const nominals: number[] = [];
  for (
    let next = nextNominal(schedule, after);
    next !== null && next.at <= upTo;
    next = nextNominal(schedule, next.at)
  ) {
    nominals.push(next.at);
  }
  return nominals;
}

/** The slot times that a slot stands for. */
function timesOf({ nominalAt, collapsed }: Slot): SlotTimes[] {
  const own = { count: 1, from: nominalAt, to: nominalAt };
  return collapsed === null ? [own] : [collapsed, own];
}

/** Asserts that stretches of slot times, in order, are exactly the nominal times, none twice and none left out. */
function assertCovers(stretches: readonly SlotTimes[], nominals: readonly number[]): void {
  let index = 0;
  for (const { count, from, to } of stretches) {
    assert.equal(nominals[index], from);
    index += count;
    assert.equal(nominals[index - 1], to);
  }
  assert.equal(index, nominals.length);
}

/** The clock of a zone by another road: the weekday and the milliseconds since midnight. */
function readClock(timezone: string): (at: number) => { weekday: number; dayMs: number } {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone: timezone,
    hourCycle: 'h23',
    weekday: 'short',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
  });
  return (at) => {
    const [, name = '', hour, minute, second] =
      /^(\w{3}) (\d\d):(\d\d):(\d\d)$/.exec(format.format(at).replace(',', '')) ?? [];
    const weekday = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'].indexOf(name);
    const seconds = Number(hour) * 3_600 + Number(minute) * 60 + Number(second);
    return { weekday, dayMs: seconds * SECOND_MS + (((at % SECOND_MS) + SECOND_MS) % SECOND_MS) };
  };
}

test('slots come in order, run in order, never early, and stand for every nominal time once', () => {
  fc.assert(
    fc.property(schedules, starts, (schedule, after) => {
      const slots = slotsIn(schedule, after, after + 15 * DAY_MS);
      for (const [index, slot] of slots.entries()) {
        assert.ok(slot.at >= slot.nominalAt);
        assert.ok(slot.nominalAt > (slots[index - 1]?.nominalAt ?? after));
        assert.ok(slot.at > (slots[index - 1]?.at ?? after));
        assert.deepEqual(nextSlot(schedule, (slot.collapsed?.from ?? slot.nominalAt) - 1), slot, 'stable');
      }
      assertCovers(slots.flatMap(timesOf), nominalsIn(schedule, after, slots.at(-1)?.nominalAt ?? after));
    }),
    { numRuns: 200 },
  );
});

test('every run lies in the window by the clock of its zone, and its jitter within bounds', () => {
  fc.assert(
    fc.property(schedules, starts, (schedule, after) => {
      const { window, jitterMs, timezone } = schedule;
      const read = readClock(timezone);
      for (const slot of slotsIn(schedule, after, after + 10 * DAY_MS)) {
        if (window === null) {
          assert.ok(slot.at - slot.nominalAt < Math.max(jitterMs, 1));
          continue;
        }
        const { weekday, dayMs } = read(slot.at);
        const today = window.days.includes(weekday) && dayMs >= window.startMs && dayMs < window.endMs;
        const yesterday = window.days.includes((weekday + 6) % 7) && dayMs < window.endMs - DAY_MS;
        assert.ok(today || yesterday, `${timezone} ${formatInstant(slot.at)}`);
      }
    }),
    { numRuns: 200 },
  );
});

test('what is run, recorded and still ahead is every slot exactly once, over any number of interruptions', () => {
  const downtimes = fc.array(fc.integer({ min: 0, max: 4 * DAY_MS }), { minLength: 1, maxLength: 5 });
  fc.assert(
    fc.property(schedules, starts, downtimes, (schedule, after, spans) => {
      const stretches: SlotTimes[] = [];
      let highWaterAt = after;
      let now = after;
      for (const span of spans) {
        now += span;
        const result = missedSlots(schedule, { highWaterAt, now });
        assert.ok(result.run.length <= { none: 0, latest: 1, all: 100 }[schedule.catchUp]);
        stretches.push(...(result.missed === null ? [] : [result.missed]), ...result.run.flatMap(timesOf));
        highWaterAt = result.highWaterAt;
        const ahead = nextSlot(schedule, highWaterAt);
        assert.ok(ahead === null || ahead.at > now, 'what comes next is not due yet');
        for (const slot of result.run) assert.ok(slot.at >= now);
      }
      const ahead = nextSlot(schedule, highWaterAt);
      if (ahead !== null) stretches.push(...timesOf(ahead));
      assertCovers(stretches, nominalsIn(schedule, after, ahead?.nominalAt ?? now));
    }),
    { numRuns: 200 },
  );
});

test('twenty years of a daily slot are one a day, at its time of day', () => {
  const schedule = scheduleOf({ cron: '30 7 * * *', timezone: 'Europe/Berlin' });
  const read = readClock('Europe/Berlin');
  const slots = slotsIn(schedule, utc('2003-12-31T12:00'), utc('2023-12-31T12:00'));
  assert.equal(slots.length, 7_305);
  for (const slot of slots) assert.equal(read(slot.at).dayMs, 7.5 * HOUR_MS);
});
