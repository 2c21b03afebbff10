import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { MINUTE_MS, patternOf, utc, wallSlotsIn } from '../../test/schedules.ts';
import { countOnWall, type DstRule, previousOnWall, type WallRhythm } from './schedule-wall.ts';

function rhythmOf(expression: string, timezone: string, dst: DstRule): WallRhythm {
  return { pattern: patternOf(expression), timezone, dst };
}

// An oracle that shares nothing with the code: it looks at the clock of `Intl` in every minute of three days around a
// transition and reads the expression by hand.

interface Minute {
  readonly at: number;
  /** The reading as if it were UTC. */
  readonly wall: number;
}

function minutesAround(timezone: string, transition: string): Minute[] {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone: timezone,
    hourCycle: 'h23',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
  });
  const from = utc(transition) - 36 * 60 * MINUTE_MS;
  return Array.from({ length: 3 * 1_440 }, (_, index) => {
    const at = from + index * MINUTE_MS;
    const [, month, day, year, time] = /^(\d\d)\/(\d\d)\/(\d{4}), (\d\d:\d\d)$/.exec(format.format(at)) ?? [];
    return { at, wall: utc(`${year}-${month}-${day}T${time}Z`) };
  });
}

function allows(field: string, min: number, max: number): Set<number> {
  const values = new Set<number>();
  for (const item of field.split(',')) {
    const [range = '', step = '1'] = item.split('/');
    const [first = '', last = first] = range === '*' ? [`${min}`, `${max}`] : range.split('-');
    for (let value = Number(first); value <= Number(last); value += Number(step)) values.add(value);
  }
  return values;
}

function oracle(expression: string, dst: DstRule, minutes: readonly Minute[]): number[] {
  const [minute = '', hour = '', day = '', month = '', weekday = ''] = expression.split(' ');
  const [inMinute, inHour, inDay] = [allows(minute, 0, 59), allows(hour, 0, 23), allows(day, 1, 31)];
  const [inMonth, inWeekday] = [allows(month, 1, 12), allows(weekday, 0, 7)];
  const matches = (wall: number): boolean => {
    const date = new Date(wall);
    const byDate = inDay.has(date.getUTCDate());
    const byWeekday = inWeekday.has(date.getUTCDay()) || (date.getUTCDay() === 0 && inWeekday.has(7));
    const both = day.startsWith('*') || weekday.startsWith('*');
    return (
      inMinute.has(date.getUTCMinutes()) &&
      inHour.has(date.getUTCHours()) &&
      inMonth.has(date.getUTCMonth() + 1) &&
      (both ? byDate && byWeekday : byDate || byWeekday)
    );
  };
  const wildHour = hour.startsWith('*') || hour === '0-23';
  const wild = wildHour || minute.startsWith('*') || minute === '0-59';
  const showings = Map.groupBy(minutes, ({ wall }) => wall);
  const slots = new Set<number>();
  for (const [index, { at, wall }] of minutes.entries()) {
    const shown = showings.get(wall) ?? [];
    const chosen = dst.fold === 'first' ? shown[0] : shown.at(-1);
    if (matches(wall) && (wild || dst.fold === 'both' || chosen?.at === at)) slots.add(at);
    const expected = (minutes[index - 1]?.wall ?? wall - MINUTE_MS) + MINUTE_MS;
    for (let lost = expected; lost < wall; lost += MINUTE_MS) {
      if (dst.gap === 'after' && !wildHour && matches(lost)) slots.add(at);
    }
  }
  return [...slots].sort((a, b) => a - b);
}

const AROUND = (
  [
    ['UTC', '2024-02-29T12:00Z'],
    ['America/New_York', '2024-03-10T07:00Z'],
    ['America/New_York', '2024-11-03T06:00Z'],
    ['Europe/Berlin', '2024-03-31T01:00Z'],
    ['Europe/Berlin', '2024-10-27T01:00Z'],
    ['Australia/Lord_Howe', '2024-04-06T15:00Z'],
    ['Australia/Lord_Howe', '2024-10-05T15:30Z'],
    ['Africa/Casablanca', '2024-03-10T02:00Z'],
    ['America/St_Johns', '2024-03-10T05:30Z'],
    ['Pacific/Apia', '2011-12-30T10:00Z'],
    ['America/Sao_Paulo', '2018-11-04T03:00Z'],
  ] as const
).map(([timezone, transition]) => ({ timezone, minutes: minutesAround(timezone, transition) }));

const pick = (...values: string[]) => fc.constantFrom(...values);
const expressions = fc
  .tuple(
    pick('0', '30', '15,45', '*', '*/7', '10-50/20', '0-59', '59'),
    pick('*', '*/2', '0', '1', '2', '1,3', '0-3', '0-23', '23', '12'),
    pick('*', '*', '*/2', '10', '1,30,31', '3-9'),
    pick('*', '*', '*', '3,10', '2-11/3'),
    pick('*', '*', '0', '7', '1-5', '*/3', '0,6'),
  )
  .map((fields) => fields.join(' '));
const rules = fc.record({
  gap: fc.constantFrom('after' as const, 'skip' as const),
  fold: fc.constantFrom('first' as const, 'second' as const, 'both' as const),
});

test('slots forward, backward and counted are those of a walk through every minute of the clock', () => {
  fc.assert(
    fc.property(fc.constantFrom(...AROUND), expressions, rules, ({ timezone, minutes }, expression, dst) => {
      const expected = oracle(expression, dst, minutes);
      const rhythm = rhythmOf(expression, timezone, dst);
      const [from, last] = [minutes[0]?.at ?? 0, minutes.at(-1)?.at ?? 0];
      assert.deepEqual(wallSlotsIn(rhythm, from, last + 1), expected, expression);
      const backward: number[] = [];
      for (let slot = previousOnWall(rhythm, last + 1); slot !== null && slot.at >= from; ) {
        backward.unshift(slot.at);
        slot = previousOnWall(rhythm, slot.at);
      }
      assert.deepEqual(backward, expected);
      assert.equal(countOnWall(rhythm, from - 1, last), expected.length);
    }),
    { numRuns: 300 },
  );
});

test('counting between any two instants adds up', () => {
  const instants = fc.integer({ min: utc('2023-01-01T00:00Z'), max: utc('2026-01-01T00:00Z') });
  fc.assert(
    fc.property(fc.tuple(instants, instants, instants), expressions, rules, (points, expression, dst) => {
      const [a = 0, b = 0, c = 0] = points.toSorted((x, y) => x - y);
      const rhythm = rhythmOf(expression, 'Africa/Casablanca', dst);
      assert.equal(countOnWall(rhythm, a, b) + countOnWall(rhythm, b, c), countOnWall(rhythm, a, c));
    }),
    { numRuns: 100 },
  );
});
