import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS, scheduleOf, utc } from '../../test/schedules.ts';
import { type WalkedRule, walkedSlots } from '../../test/walked-slots.ts';
import { formatInstant } from './instant.ts';
import { type CompiledSchedule, missedSlots, nextSlot, type ScheduleInput } from './schedule.ts';

// Simulated years: a scheduler that goes from slot to slot and is down now and then, against a walk through every minute.

type Walled = Extract<WalkedRule, { kind: 'wall' }>;
type Rule = readonly [input: ScheduleInput, matches: Walled['matches'], wild?: Partial<Walled>];

const time = (hour: number, minute: number) => (date: Date) =>
  date.getUTCHours() === hour && date.getUTCMinutes() === minute;
const midnight = time(0, 0);

const COARSE: readonly Rule[] = [
  [{ every: 'daily' }, midnight],
  [{ every: 'weekly' }, (date) => date.getUTCDay() === 1 && midnight(date)],
  [{ every: 'monthly' }, (date) => date.getUTCDate() === 1 && midnight(date)],
  [{ cron: '30 2 * * *' }, time(2, 30)],
  [{ cron: '45 1 * * *' }, time(1, 45)],
  [{ cron: '5 0 * * sun,mon' }, (date) => date.getUTCDay() < 2 && time(0, 5)(date)],
  [{ cron: '0 3 29 2 *' }, (date) => date.getUTCMonth() === 1 && date.getUTCDate() === 29 && time(3, 0)(date)],
  [{ cron: '30 1 13 * fri' }, (date) => (date.getUTCDate() === 13 || date.getUTCDay() === 5) && time(1, 30)(date)],
  [{ cron: '0 */3 * * *' }, (date) => date.getUTCHours() % 3 === 0 && date.getUTCMinutes() === 0, { wildHour: true }],
  [
    { cron: '15 0-23/6 31 * *' },
    (date) => date.getUTCDate() === 31 && date.getUTCHours() % 6 === 0 && date.getUTCMinutes() === 15,
  ],
];
const FINE: readonly Rule[] = [
  [{ cron: '* * * * *' }, () => true, { wildHour: true, wildMinute: true }],
  [{ cron: '*/7 * * * *' }, (date) => date.getUTCMinutes() % 7 === 0, { wildHour: true, wildMinute: true }],
  [
    { cron: '*/10 1,2 * * *' },
    (date) => [1, 2].includes(date.getUTCHours()) && date.getUTCMinutes() % 10 === 0,
    { wildMinute: true },
  ],
  [{ cron: '10,40 0-3 * * *' }, (date) => date.getUTCHours() <= 3 && [10, 40].includes(date.getUTCMinutes())],
];
const SPANS_OF_HOURS = [1, 5, 7, 24, 36, 168].map((hours) => hours * HOUR_MS);
const SPANS_OF_MINUTES = [1, 7, 25, 45].map((minutes) => minutes * MINUTE_MS);

const ZONES = [
  'UTC',
  'Australia/Lord_Howe',
  'Africa/Casablanca',
  'America/St_Johns',
  'Australia/Sydney',
  'America/New_York',
];
const TO = utc('2024-01-01T00:00');

interface Case {
  readonly schedule: CompiledSchedule;
  readonly rule: WalkedRule;
  /** Where the gateway goes down, by its part of the span, and for how long. */
  readonly outages: readonly (readonly [part: number, ms: number])[];
}

function cases(rules: readonly Rule[], grids: readonly number[], zone: string): fc.Arbitrary<Case> {
  const dst = fc.record({
    gap: fc.constantFrom('after' as const, 'skip' as const),
    fold: fc.constantFrom('first' as const, 'second' as const, 'both' as const),
  });
  const rest = fc.record({
    timezone: fc.constant(zone),
    catch_up: fc.constantFrom('none' as const, 'latest' as const, 'all' as const),
    jitter: fc.constantFrom(0, 0, 20 * MINUTE_MS),
    window: fc.constantFrom(
      undefined,
      undefined,
      { start: '01:30', end: '04:00' },
      { start: '22:00', end: '06:00', days: ['sat', 'mon'] as const },
    ),
  });
  const shape = fc.oneof(
    fc
      .constantFrom(...grids)
      .map((everyMs) => ({ input: { every: `${everyMs / MINUTE_MS}m` }, rule: { kind: 'grid', everyMs } as const })),
    fc.tuple(fc.constantFrom(...rules), dst).map(([[input, matches, wild], rule]) => ({
      input: { ...input, dst: rule },
      rule: { kind: 'wall', matches, wildHour: false, wildMinute: false, ...rule, ...wild } as const,
    })),
  );
  const outage = fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.integer({ min: MINUTE_MS, max: 40 * DAY_MS }));
  return fc.tuple(shape, rest, fc.array(outage, { maxLength: 8 })).map(([{ input, rule }, others, outages]) => ({
    schedule: scheduleOf({ ...input, ...others } as ScheduleInput),
    rule,
    outages: outages.toSorted(([a], [b]) => a - b),
  }));
}

/** Lets a scheduler work from `from` to `TO`; asserts that it deals with the walked slots, each once, in their order. */
function assertYears({ schedule, rule, outages }: Case, from: number): void {
  const expected = walkedSlots(rule, { zone: schedule.timezone, from, to: TO });
  let index = 0;
  const deal = (count: number, first: number, last: number): void => {
    assert.equal(expected[index], first, `slot ${index}: ${formatInstant(first)}`);
    index += count;
    assert.equal(expected[index - 1], last, `slot ${index - 1}: ${formatInstant(last)}`);
  };
  const ahead = outages.map(([part, ms]) => ({ at: from + part * (TO - from), ms }));
  let mark = from - 1;
  let lastAt = from - 1;
  for (let slot = nextSlot(schedule, mark); slot !== null && slot.nominalAt < TO; slot = nextSlot(schedule, mark)) {
    const outage = ahead[0];
    if (outage !== undefined && outage.at <= slot.at) {
      ahead.shift();
      const now = Math.min(Math.max(Math.floor(outage.at + outage.ms), lastAt), TO - 1);
      const { run, missed, highWaterAt } = missedSlots(schedule, { highWaterAt: mark, now });
      if (missed !== null) deal(missed.count, missed.from, missed.to);
      for (const { nominalAt, collapsed } of run) {
        if (collapsed !== null) deal(collapsed.count, collapsed.from, collapsed.to);
        deal(1, nominalAt, nominalAt);
      }
      if (run.length > 0 || missed !== null) lastAt = Math.max(lastAt, now);
      mark = highWaterAt;
      continue;
    }
    const { nominalAt, at, collapsed } = slot;
    if (collapsed !== null) deal(collapsed.count, collapsed.from, collapsed.to);
    deal(1, nominalAt, nominalAt);
    assert.ok(at > lastAt && at >= nominalAt, `${formatInstant(at)} after ${formatInstant(lastAt)}`);
    mark = nominalAt;
    lastAt = at;
  }
  // What falls into the last closed stretch of the window waits for its opening after the end.
  const left = expected.length - index;
  assert.ok(left === 0 || schedule.window !== null, `${left} slots left`);
  if (left > 0) assert.ok((nextSlot(schedule, mark)?.nominalAt ?? 0) >= TO);
}

for (const zone of ZONES) {
  test(`twenty years of hours and more, and one of minutes, fire every slot once in ${zone}`, (t) => {
    const seed = randomInt(2 ** 31);
    t.diagnostic(`seed ${seed}`);
    const run = (rules: readonly Rule[], grids: readonly number[], from: number, numRuns: number): void => {
      fc.assert(
        fc.property(cases(rules, grids, zone), (one) => assertYears(one, from)),
        { seed, numRuns },
      );
    };
    run(COARSE, SPANS_OF_HOURS, utc('2004-01-01T00:00'), 4);
    run(FINE, SPANS_OF_MINUTES, utc('2023-01-01T00:00'), 4);
  });
}

test('a year of seconds does not drift by one of them', () => {
  const from = utc('2023-01-01T00:00');
  for (const [rule, step] of [
    [{ every: '10s' }, 10],
    [{ cron: '*/15 * * * * *' }, 15],
  ] as const) {
    const schedule = scheduleOf({ ...rule, timezone: 'America/New_York' });
    let expected = from;
    for (let slot = nextSlot(schedule, from - 1); slot !== null && slot.at < TO; slot = nextSlot(schedule, slot.at)) {
      if (slot.at !== expected) assert.fail(`${formatInstant(slot.at)}, not ${formatInstant(expected)}`);
      expected += step * SECOND_MS;
    }
    assert.equal(expected, TO);
  }
});
