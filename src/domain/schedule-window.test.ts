import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { HOUR_MS, MINUTE_MS, utc } from '../../test/schedules.ts';
import { formatInstant } from './instant.ts';
import { closedSince, closesAt, isOpen, opensAt, type Window } from './schedule-window.ts';

const EVERY_DAY = [0, 1, 2, 3, 4, 5, 6];

function windowOf(start: number, end: number, days: readonly number[] = EVERY_DAY): Window {
  return { startMs: start * HOUR_MS, endMs: (end > start ? end : end + 24) * HOUR_MS, days };
}

function text(at: number): string {
  return `${formatInstant(at).slice(0, 16)}Z`;
}

test('a window is open from its start until just before its end', () => {
  const window = windowOf(6, 22);
  const cases = [
    ['2024-01-01T05:59Z', false],
    ['2024-01-01T06:00Z', true],
    ['2024-01-01T21:59Z', true],
    ['2024-01-01T22:00Z', false],
  ] as const;
  for (const [at, open] of cases) assert.equal(isOpen(window, 'UTC', utc(at)), open, at);
  assert.equal(isOpen(window, 'Europe/Berlin', utc('2024-01-01T05:00Z')), true);
  assert.equal(isOpen(window, 'Europe/Berlin', utc('2024-07-01T04:00Z')), true);
});

test('a window across midnight belongs to the day on which it starts', () => {
  // 1 January 2024 is a Monday.
  const window = windowOf(22, 6, [1]);
  const cases = [
    ['2024-01-01T05:00Z', false],
    ['2024-01-01T22:00Z', true],
    ['2024-01-02T05:59Z', true],
    ['2024-01-02T06:00Z', false],
    ['2024-01-02T22:00Z', false],
  ] as const;
  for (const [at, open] of cases) assert.equal(isOpen(window, 'UTC', utc(at)), open, at);
});

test('openings and closings are found across days, weeks and clock changes', () => {
  const cases: readonly (readonly [Window, string, string, string, string])[] = [
    // Window, zone, a closed instant; when it opens, and when it closes after that.
    [windowOf(6, 22), 'UTC', '2024-01-01T22:00Z', '2024-01-02T06:00Z', '2024-01-02T22:00Z'],
    [windowOf(6, 22), 'UTC', '2024-01-01T05:00Z', '2024-01-01T06:00Z', '2024-01-01T22:00Z'],
    [windowOf(9, 17, [1]), 'UTC', '2024-01-01T17:00Z', '2024-01-08T09:00Z', '2024-01-08T17:00Z'],
    [windowOf(0, 24, [6, 0]), 'UTC', '2024-01-01T17:00Z', '2024-01-06T00:00Z', '2024-01-08T00:00Z'],
    [windowOf(22, 6), 'America/New_York', '2024-03-09T15:00Z', '2024-03-10T03:00Z', '2024-03-10T10:00Z'],
    // The start is left out by the clock: open from the end of the gap.
    [windowOf(2, 5), 'America/New_York', '2024-03-10T06:00Z', '2024-03-10T07:00Z', '2024-03-10T09:00Z'],
    // The whole window is left out: open on the next day.
    [windowOf(2, 3), 'America/New_York', '2024-03-10T06:00Z', '2024-03-11T06:00Z', '2024-03-11T07:00Z'],
    // A fold shows the window twice in a row.
    [windowOf(1, 2), 'America/New_York', '2024-11-03T04:00Z', '2024-11-03T05:00Z', '2024-11-03T07:00Z'],
    // A day that never was.
    [windowOf(8, 9, [5]), 'Pacific/Apia', '2011-12-30T00:00Z', '2012-01-05T18:00Z', '2012-01-05T19:00Z'],
  ];
  for (const [window, timezone, closed, opens, closes] of cases) {
    assert.equal(isOpen(window, timezone, utc(closed)), false);
    assert.equal(text(opensAt(window, timezone, utc(closed))), opens);
    assert.equal(text(opensAt(window, timezone, utc(opens))), opens, 'an open window opens at once');
    assert.equal(text(closesAt(window, timezone, utc(opens))), closes);
  }
});

test('the beginning of a closed stretch is found, through clock changes too', () => {
  const cases = [
    [windowOf(6, 22), 'UTC', '2024-01-02T05:59Z', '2024-01-01T22:00Z'],
    [windowOf(6, 22), 'UTC', '2024-01-01T22:00Z', '2024-01-01T22:00Z'],
    [windowOf(9, 17, [1]), 'UTC', '2024-01-08T08:00Z', '2024-01-01T17:00Z'],
    [windowOf(6, 22), 'America/New_York', '2024-03-10T09:00Z', '2024-03-10T03:00Z'],
    // The end is left out by the clock: closed from the end of the gap.
    [
      { startMs: HOUR_MS, endMs: 2.5 * HOUR_MS, days: EVERY_DAY },
      'America/New_York',
      '2024-03-10T09:00Z',
      '2024-03-10T07:00Z',
    ],
    // In a fold the clock goes back to before the window.
    [
      { startMs: 1.5 * HOUR_MS, endMs: 4 * HOUR_MS, days: EVERY_DAY },
      'America/New_York',
      '2024-11-03T06:20Z',
      '2024-11-03T06:00Z',
    ],
  ] as const;
  for (const [window, timezone, closed, since] of cases) {
    assert.equal(text(closedSince(window, timezone, utc(closed))), since);
    assert.equal(isOpen(window, timezone, utc(since) - 1), true);
  }
});

test('openings and closings are the first that a walk by minutes finds', () => {
  const windows = fc
    .record({
      startMs: fc.integer({ min: 0, max: 1_439 }).map((minute) => minute * MINUTE_MS),
      length: fc.integer({ min: 1, max: 1_438 }).map((minute) => minute * MINUTE_MS),
      days: fc.subarray(EVERY_DAY, { minLength: 1 }),
    })
    .map(({ startMs, length, days }): Window => ({ startMs, endMs: startMs + length, days }));
  const places = fc.constantFrom(
    ['America/New_York', utc('2024-03-09T12:00Z')] as const,
    ['America/New_York', utc('2024-11-02T12:00Z')] as const,
    ['Australia/Lord_Howe', utc('2024-04-06T03:00Z')] as const,
    ['Australia/Lord_Howe', utc('2024-10-05T03:00Z')] as const,
    ['Pacific/Apia', utc('2011-12-29T22:00Z')] as const,
  );
  fc.assert(
    fc.property(windows, places, fc.integer({ min: 0, max: 2_000 }), (window, [timezone, from], offset) => {
      const at = from + offset * MINUTE_MS;
      const walk = (until: boolean, step: number) => {
        let found = at;
        while (isOpen(window, timezone, found) !== until) found += step;
        return found;
      };
      if (isOpen(window, timezone, at)) {
        assert.equal(closesAt(window, timezone, at), walk(false, MINUTE_MS));
      } else {
        assert.equal(opensAt(window, timezone, at), walk(true, MINUTE_MS));
        assert.equal(closedSince(window, timezone, at), walk(true, -MINUTE_MS) + MINUTE_MS);
      }
    }),
    { numRuns: 200 },
  );
});
