import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { DAY_MS, patternOf } from '../../test/schedules.ts';
import { parseInstant } from './instant.ts';
import { countWall, nextWall, previousWall, type WallPattern } from './schedule-pattern.ts';

const subset = (min: number, max: number) =>
  fc
    .uniqueArray(fc.integer({ min, max }), { minLength: 1, maxLength: 4 })
    .map((values) => values.sort((a, b) => a - b));

const patterns: fc.Arbitrary<WallPattern> = fc.record({
  seconds: subset(0, 59),
  minutes: subset(0, 59),
  hours: subset(0, 23),
  days: subset(1, 28).map((values) => new Set(values)),
  months: subset(1, 12).map((values) => new Set(values)),
  weekdays: subset(0, 6).map((values) => new Set(values)),
  eitherDay: fc.boolean(),
  wildHour: fc.constant(false),
  wildMinute: fc.constant(false),
});

const walls = fc.integer({ min: -20 * 366 * DAY_MS, max: 80 * 366 * DAY_MS });

test('the previous reading leads back from the next, and both match where they stand', () => {
  fc.assert(
    fc.property(patterns, walls, (pattern, wall) => {
      const next = nextWall(pattern, wall);
      assert.ok(next !== null && next >= wall);
      assert.equal(nextWall(pattern, next), next);
      assert.equal(previousWall(pattern, next + 1), next);
      const previous = previousWall(pattern, wall);
      assert.ok(previous !== null && previous < wall);
      assert.equal(nextWall(pattern, previous + 1), next);
    }),
    { numRuns: 300 },
  );
});

test('counting finds as many readings as walking', () => {
  fc.assert(
    fc.property(patterns, walls, fc.integer({ min: 0, max: 40 * DAY_MS }), (pattern, from, span) => {
      let walked = 0;
      for (let at = nextWall(pattern, from); at !== null && at < from + span; at = nextWall(pattern, at + 1)) walked++;
      assert.equal(countWall(pattern, from, from + span), walked);
    }),
    { numRuns: 200 },
  );
});

test('a leap day on a given weekday is found decades away', () => {
  const pattern = { ...patternOf('0 0 29 2 *'), weekdays: new Set([4]) };
  // 29 February 2024 is a Thursday; the next such is 28 years later.
  const [now, then] = [parseInstant('2024-02-29T00:00:00Z') ?? 0, parseInstant('2052-02-29T00:00:00Z') ?? 0];
  assert.equal(nextWall(pattern, now + 1), then);
  assert.equal(previousWall(pattern, then), now);
});

test('a pattern that never matches says so in both directions', () => {
  const never = { ...patternOf('0 0 1 2 *'), days: new Set([30]) };
  assert.equal(nextWall(never, 0), null);
  assert.equal(previousWall(never, 0), null);
  assert.equal(countWall(never, 0, 1_000 * DAY_MS), 0);
});
