import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { HOUR_MS, utc } from '../../test/schedules.ts';
import { countOnGrid, nextOnGrid, previousOnGrid } from './schedule-interval.ts';

test('the grid goes through midnight of 1 January 1970 in its zone', () => {
  const cases = [
    ['UTC', 6, '2024-01-01T00:00:00Z', '2024-01-01T06:00:00Z'],
    ['Asia/Kolkata', 1, '2024-01-01T00:00:00Z', '2024-01-01T00:30:00Z'],
    // Berlin stood at +01:00 in 1970, Sydney at +10:00, New York at -05:00: winter and summer alike.
    ['Europe/Berlin', 6, '2024-01-01T00:00:00Z', '2024-01-01T05:00:00Z'],
    ['Europe/Berlin', 6, '2024-07-01T00:00:00Z', '2024-07-01T05:00:00Z'],
    ['Australia/Sydney', 24, '2024-01-01T00:00:00Z', '2024-01-01T14:00:00Z'],
    ['America/New_York', 24, '2024-07-01T00:00:00Z', '2024-07-01T05:00:00Z'],
    // Before the origin the grid goes on backwards.
    ['UTC', 5, '1969-12-31T18:00:00Z', '1969-12-31T19:00:00Z'],
    // Monrovia's clock stood 44 min 30 s behind then, and on UTC since 1972.
    ['Africa/Monrovia', 1, '2024-01-01T00:00:00Z', '2024-01-01T00:44:30Z'],
  ] as const;
  for (const [timezone, hours, after, expected] of cases) {
    assert.equal(
      nextOnGrid({ everyMs: hours * HOUR_MS, timezone }, utc(after)),
      utc(expected),
      `${timezone} ${hours}h`,
    );
  }
});

test('elapsed time alone counts, through transitions too', () => {
  const grid = { everyMs: 6 * HOUR_MS, timezone: 'America/New_York' };
  let at = nextOnGrid(grid, utc('2024-03-09T00:00:00Z'));
  for (let index = 0; index < 1_200; index++) {
    const next = nextOnGrid(grid, at);
    assert.equal(next - at, 6 * HOUR_MS);
    at = next;
  }
});

test('next, previous and count agree on one grid', () => {
  const grids = fc.record({
    everyMs: fc.integer({ min: 1_000, max: 40 * 24 * HOUR_MS }),
    timezone: fc.constantFrom('UTC', 'Europe/Berlin', 'Asia/Kolkata', 'America/St_Johns'),
  });
  fc.assert(
    fc.property(grids, fc.integer({ min: -1e12, max: 3e12 }), fc.nat(1e6), (grid, after, slots) => {
      const next = nextOnGrid(grid, after);
      assert.ok(next > after && next - after <= grid.everyMs);
      assert.equal(nextOnGrid(grid, next - 1), next);
      assert.equal(nextOnGrid(grid, next), next + grid.everyMs);
      assert.equal(previousOnGrid(grid, next + 1), next);
      assert.equal(previousOnGrid(grid, next), next - grid.everyMs);
      assert.equal(countOnGrid(grid, after, next), 1);
      assert.equal(countOnGrid(grid, after, next - 1), 0);
      assert.equal(countOnGrid(grid, next, next + slots * grid.everyMs), slots);
    }),
  );
});
