import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Temporal } from 'temporal-polyfill';
import { civilDate, dayNumber, weekdayOf } from './schedule-civil.ts';

const EPOCH = Temporal.PlainDate.from('1970-01-01');

test('day numbers, dates and weekdays agree with Temporal over two thousand years', () => {
  fc.assert(
    fc.property(fc.integer({ min: -400_000, max: 400_000 }), (days) => {
      const date = EPOCH.add({ days });
      assert.deepEqual(civilDate(days), { year: date.year, month: date.month, day: date.day });
      assert.equal(dayNumber(date), days);
      assert.equal(weekdayOf(days), date.dayOfWeek % 7);
    }),
    { numRuns: 500 },
  );
});

test('leap days exist every four years, but only every fourth century', () => {
  for (const [year, leap] of [
    [2000, true],
    [2024, true],
    [1900, false],
    [2100, false],
    [2023, false],
  ] as const) {
    const next = civilDate(dayNumber({ year, month: 2, day: 28 }) + 1);
    assert.deepEqual(next, leap ? { year, month: 2, day: 29 } : { year, month: 3, day: 1 });
  }
});
