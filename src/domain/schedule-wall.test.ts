import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DAY_MS, MINUTE_MS, patternOf, utc, wallSlotsIn } from '../../test/schedules.ts';
import { formatInstant } from './instant.ts';
import { type DstRule, gapLosses, nextOnWall, previousOnWall, type WallRhythm } from './schedule-wall.ts';

function rhythmOf(expression: string, timezone: string, dst: Partial<DstRule> = {}): WallRhythm {
  return { pattern: patternOf(expression), timezone, dst: { gap: 'after', fold: 'first', ...dst } };
}

/** Slots of three days, as `DDThh:mmZ`, spelt like that to be compared with tables. */
function slotTexts(rhythm: WallRhythm, fromDay: string, days = 3): string[] {
  const from = utc(`${fromDay}T00:00Z`);
  return wallSlotsIn(rhythm, from, from + days * DAY_MS).map((at) => formatInstant(at).slice(8, 16));
}

test('a slot in a gap runs at its end or not at all, as declared', () => {
  const cases: readonly (readonly [string, string, string, readonly string[], readonly string[]])[] = [
    // Zone, expression, first day in UTC, slots before and after the gap, what `after` adds.
    ['America/New_York', '15 2 * * *', '2024-03-09', ['09T07:15', '11T06:15'], ['10T07:00']],
    ['Europe/Berlin', '15 2 * * *', '2024-03-30', ['30T01:15', '01T00:15'], ['31T01:00']],
    ['Australia/Lord_Howe', '15 2 * * *', '2024-10-04', ['04T15:45', '06T15:15'], ['05T15:30']],
    ['Africa/Casablanca', '15 2 * * *', '2024-04-13', ['13T02:15', '15T01:15'], ['14T02:00']],
    ['America/St_Johns', '15 2 * * *', '2024-03-09', ['09T05:45', '11T04:45'], ['10T05:30']],
    ['Australia/Sydney', '15 2 * * *', '2024-10-04', ['04T16:15', '06T15:15'], ['05T16:00']],
    ['Pacific/Apia', '15 7 30 * *', '2011-12-29', [], ['30T10:00']],
    ['UTC', '15 2 * * *', '2024-03-09', ['09T02:15', '10T02:15', '11T02:15'], []],
    // Midnight itself is left out.
    ['America/Sao_Paulo', '0 0 * * *', '2018-11-03', ['03T03:00', '05T02:00'], ['04T03:00']],
    // A minute may be a wildcard: the hour that is left out is still owed one run.
    ['America/New_York', '*/30 2 * * *', '2024-03-10', ['11T06:00', '11T06:30', '12T06:00', '12T06:30'], ['10T07:00']],
    // Several slots in one gap are one run, and a slot that stands at its end anyway is it.
    ['America/New_York', '10,50 2 * * *', '2024-03-10', ['11T06:10', '11T06:50', '12T06:10', '12T06:50'], ['10T07:00']],
    ['America/New_York', '0,30 2,3 10 * *', '2024-03-09', ['10T07:00', '10T07:30'], []],
  ];
  for (const [timezone, expression, from, kept, added] of cases) {
    assert.deepEqual(slotTexts(rhythmOf(expression, timezone, { gap: 'skip' }), from), kept, `${timezone}, skip`);
    const after = slotTexts(rhythmOf(expression, timezone, { gap: 'after' }), from);
    assert.deepEqual(after.toSorted(), [...kept, ...added].sort(), `${timezone}, after`);
  }
});

test('a slot in a fold runs at the first showing, the second, or both, as declared', () => {
  const cases = [
    ['America/New_York', '30 1 * * *', '2024-11-02', '02T05:30', '03T05:30', '03T06:30', '04T06:30'],
    ['Europe/Berlin', '30 2 * * *', '2024-10-26', '26T00:30', '27T00:30', '27T01:30', '28T01:30'],
    ['Australia/Lord_Howe', '45 1 * * *', '2024-04-05', '05T14:45', '06T14:45', '06T15:15', '07T15:15'],
    ['Africa/Casablanca', '30 2 * * *', '2024-03-09', '09T01:30', '10T01:30', '10T02:30', '11T02:30'],
    ['America/St_Johns', '30 1 * * *', '2024-11-02', '02T04:00', '03T04:00', '03T05:00', '04T05:00'],
    ['Australia/Sydney', '30 2 * * *', '2024-04-05', '05T15:30', '06T15:30', '06T16:30', '07T16:30'],
    // The readings from the fold's start to just before its end are doubled, its end is not.
    ['America/New_York', '0 1 * * *', '2024-11-02', '02T05:00', '03T05:00', '03T06:00', '04T06:00'],
  ] as const;
  for (const [timezone, expression, from, before, first, second, after] of cases) {
    const slots = (fold: DstRule['fold']) => slotTexts(rhythmOf(expression, timezone, { fold }), from);
    assert.deepEqual(slots('first'), [before, first, after], `${timezone}, first`);
    assert.deepEqual(slots('second'), [before, second, after], `${timezone}, second`);
    assert.deepEqual(slots('both'), [before, first, second, after], `${timezone}, both`);
  }
  for (const fold of ['first', 'second', 'both'] as const) {
    const slots = slotTexts(rhythmOf('0 2 * * *', 'America/New_York', { fold }), '2024-11-02');
    assert.deepEqual(slots, ['02T06:00', '03T07:00', '04T07:00'], fold);
    assert.deepEqual(slotTexts(rhythmOf('30 1 * * *', 'UTC', { fold }), '2024-11-02').length, 3);
  }
});

test('both showings of a fold keep their order when several slots fall into it', () => {
  const slots = slotTexts(rhythmOf('0,30 1 3 * *', 'America/New_York', { fold: 'both' }), '2024-11-03', 1);
  assert.deepEqual(slots, ['03T05:00', '03T05:30', '03T06:00', '03T06:30']);
});

test('wildcards follow elapsed time through both transitions, whatever the rule', () => {
  const transitions = [
    ['America/New_York', '2024-03-10'],
    ['America/New_York', '2024-11-03'],
    ['Australia/Lord_Howe', '2024-04-06'],
    ['Australia/Lord_Howe', '2024-10-05'],
    ['Africa/Casablanca', '2024-03-10'],
    ['Africa/Casablanca', '2024-04-14'],
    ['Pacific/Apia', '2011-12-30'],
  ] as const;
  for (const [timezone, day] of transitions) {
    for (const gap of ['after', 'skip'] as const) {
      for (const fold of ['first', 'second', 'both'] as const) {
        const everyFive = wallSlotsIn(
          rhythmOf('*/5 * * * *', timezone, { gap, fold }),
          utc(`${day}T00:00Z`),
          utc(`${day}T23:59Z`),
        );
        assert.deepEqual(
          everyFive,
          everyFive.map((_, index) => utc(`${day}T00:00Z`) + index * 5 * MINUTE_MS),
        );
        assert.equal(everyFive.length, 288);
      }
    }
  }
});

test('a wildcard hour runs in every hour that the clock shows', () => {
  const hourly = slotTexts(rhythmOf('30 * * * *', 'America/New_York'), '2024-11-03', 1);
  assert.equal(hourly.length, 24);
  // 02:00 is never shown: from midnight to 04:00 three hours pass.
  const even = slotTexts(rhythmOf('0 */2 10 3 *', 'America/New_York'), '2024-03-10', 1);
  assert.deepEqual(even.slice(0, 2), ['10T05:00', '10T08:00']);
  // The fixed hour with a wildcard minute is walked through at both its showings.
  const quarter = slotTexts(rhythmOf('*/15 1 3 11 *', 'America/New_York'), '2024-11-03', 1);
  assert.equal(quarter.length, 8);
});

test('slots lost to a gap are told with their number, only where they are lost', () => {
  const [after, upTo] = [utc('2023-01-01T00:00Z'), utc('2025-01-01T00:00Z')];
  const losses = (expression: string, gap: DstRule['gap']) =>
    gapLosses(rhythmOf(expression, 'America/New_York', { gap }), after, upTo);
  const [in2023, in2024] = [utc('2023-03-12T07:00Z'), utc('2024-03-10T07:00Z')];
  assert.deepEqual(losses('10,50 2 * * *', 'skip'), [
    { at: in2023, count: 2 },
    { at: in2024, count: 2 },
  ]);
  assert.deepEqual(losses('10,50 2 10 * *', 'skip'), [{ at: in2024, count: 2 }]);
  assert.deepEqual(losses('10,50 2 * * *', 'after'), []);
  assert.deepEqual(losses('10,50 * * * *', 'skip'), []);
  assert.deepEqual(losses('10,50 3 * * *', 'skip'), []);
  assert.deepEqual(gapLosses(rhythmOf('10 2 * * *', 'UTC', { gap: 'skip' }), after, upTo), []);
});

test('a gap that ends exactly at the bounds is told once: after its end no more', () => {
  const rhythm = rhythmOf('10 2 * * *', 'America/New_York', { gap: 'skip' });
  const end = utc('2024-03-10T07:00Z');
  assert.deepEqual(gapLosses(rhythm, end - 1, end), [{ at: end, count: 1 }]);
  assert.deepEqual(gapLosses(rhythm, end, end + DAY_MS), []);
});

test('a pattern that never matches has no slots', () => {
  const rhythm = rhythmOf('0 0 1 2 *', 'Europe/Berlin');
  const never = { ...rhythm, pattern: { ...rhythm.pattern, days: new Set([30]) } };
  assert.equal(nextOnWall(never, utc('2024-01-01T00:00Z')), null);
  assert.equal(previousOnWall(never, utc('2024-01-01T00:00Z')), null);
});
