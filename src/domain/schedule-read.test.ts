import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HOUR_MS } from '../../test/schedules.ts';
import { parseInstant } from './instant.ts';
import {
  type RhythmInput,
  readRhythm,
  readSpan,
  readTimeZone,
  readWindow,
  type ScheduleProblem,
  type WindowInput,
} from './schedule-read.ts';
import type { DstRule } from './schedule-wall.ts';

const DST: DstRule = { gap: 'after', fold: 'first' };

/** What a reader returns, and the problems it reports. */
function reading<T>(read: (report: (problem: ScheduleProblem) => null) => T): {
  value: T;
  problems: ScheduleProblem[];
} {
  const problems: ScheduleProblem[] = [];
  const value = read((problem) => {
    problems.push(problem);
    return null;
  });
  return { value, problems };
}

function rhythmOf(input: RhythmInput, timezone = 'UTC', dst = DST) {
  return reading((report) => readRhythm(input, { timezone, dst }, report));
}

function windowOf(input: WindowInput) {
  return reading((report) => readWindow(input, report));
}

test('rhythms are read from whichever key is there', () => {
  const cases: readonly (readonly [RhythmInput, unknown])[] = [
    [{ every: '90s' }, { kind: 'every', everyMs: 90_000 }],
    [{ every: '1s' }, { kind: 'every', everyMs: 1_000 }],
    [{ every: ' hourly ' }, { kind: 'every', everyMs: HOUR_MS }],
    [{ every: 'daily' }, { kind: 'calendar', unit: 'daily' }],
    [
      { every: 'weekly', cron: undefined },
      { kind: 'calendar', unit: 'weekly' },
    ],
    [{ every: 'monthly' }, { kind: 'calendar', unit: 'monthly' }],
    [{ cron: ' 0  7 * *   mon-fri ' }, { kind: 'cron', expression: '0 7 * * mon-fri' }],
    [{ cron: '@daily' }, { kind: 'cron', expression: '@daily' }],
  ];
  for (const [input, expected] of cases) assert.deepEqual(rhythmOf(input), { value: expected, problems: [] });
});

test('an instant has an offset, or is a reading of the clock of the zone', () => {
  const cases: readonly (readonly [string, string, Partial<DstRule>, string])[] = [
    ['2026-12-24T18:00:00+11:00', 'Europe/Berlin', {}, '2026-12-24T07:00:00Z'],
    ['2026-12-24T18:00Z', 'Europe/Berlin', {}, '2026-12-24T18:00:00Z'],
    ['2026-12-24 18:00-03:30', 'Europe/Berlin', {}, '2026-12-24T21:30:00Z'],
    ['2026-12-24T18:00:00', 'Europe/Berlin', {}, '2026-12-24T17:00:00Z'],
    ['2026-12-24 18:00', 'Europe/Berlin', {}, '2026-12-24T17:00:00Z'],
    ['2024-03-31T02:30', 'Europe/Berlin', {}, '2024-03-31T01:00:00Z'],
    ['2024-10-27T02:30', 'Europe/Berlin', {}, '2024-10-27T00:30:00Z'],
    ['2024-10-27T02:30', 'Europe/Berlin', { fold: 'both' }, '2024-10-27T00:30:00Z'],
    ['2024-10-27T02:30', 'Europe/Berlin', { fold: 'second', gap: 'skip' }, '2024-10-27T01:30:00Z'],
  ];
  for (const [at, timezone, dst, expected] of cases) {
    const read = rhythmOf({ at }, timezone, { ...DST, ...dst });
    assert.deepEqual(read, { value: { kind: 'at', at: parseInstant(expected) }, problems: [] }, at);
  }
});

test('what is no rhythm is refused at its key', () => {
  const cases: readonly (readonly [RhythmInput, string, RegExp, RegExp])[] = [
    [{}, '', /exactly one of every, cron and at; this one has none/, /every: 15m/],
    [{ every: '1h', cron: '@daily' }, 'cron', /has every and cron/, /schedule of each/],
    [{ every: '1h', cron: '@daily', at: 'x' }, 'cron', /has every and cron and at/, /schedule of each/],
    [{ every: 'often' }, 'every', /"often" is not an interval/, /hourly/],
    [{ every: '999ms' }, 'every', /"999ms" is shorter than 1s/, /from 1s up/],
    [{ cron: '60 * * * *' }, 'cron', /field minute/, /Allowed/],
    [{ at: 'tomorrow' }, 'at', /"tomorrow" is not a date and time/, /2026-12-24T18:00:00\+11:00/],
    [{ at: '2026-12-24' }, 'at', /is not a date and time/, /Write it like/],
    [{ at: '2023-02-29T10:00' }, 'at', /is not a date and time/, /Write it like/],
    [{ at: '2026-12-24T25:00Z' }, 'at', /is not a date and time/, /Write it like/],
  ];
  for (const [input, key, message, hint] of cases) {
    const { value, problems } = rhythmOf(input);
    assert.equal(value, null);
    assert.deepEqual(
      problems.map((problem) => [problem.key, problem.code]),
      [[key, 'invalid_schedule']],
    );
    assert.match(problems[0]?.message ?? '', message);
    assert.match(problems[0]?.hint ?? '', hint);
  }
});

test('a reading that the clock leaves out is refused when gaps are skipped', () => {
  const { value, problems } = rhythmOf({ at: '2024-03-31T02:30' }, 'Europe/Berlin', { ...DST, gap: 'skip' });
  assert.equal(value, null);
  assert.match(problems[0]?.message ?? '', /Europe\/Berlin never shows 2024-03-31T02:30/);
});

test('windows have a start, an exclusive end and days', () => {
  const all = [0, 1, 2, 3, 4, 5, 6];
  const cases: readonly (readonly [WindowInput, unknown])[] = [
    [
      { start: '06:00', end: '22:00' },
      { startMs: 6 * HOUR_MS, endMs: 22 * HOUR_MS, days: all },
    ],
    [
      { start: '6:30', end: '24:00' },
      { startMs: 6.5 * HOUR_MS, endMs: 24 * HOUR_MS, days: all },
    ],
    [
      { start: '22:00', end: '06:00' },
      { startMs: 22 * HOUR_MS, endMs: 30 * HOUR_MS, days: all },
    ],
    [
      { start: '22:00', end: '00:00', days: ['tue', 'MON', 'tue'] },
      { startMs: 22 * HOUR_MS, endMs: 24 * HOUR_MS, days: [1, 2] },
    ],
    [{ days: ['sun', 'sat'] }, { startMs: 0, endMs: 24 * HOUR_MS, days: [0, 6] }],
    [{ end: '12:00' }, { startMs: 0, endMs: 12 * HOUR_MS, days: all }],
    [{ start: '00:00', end: '24:00' }, null],
  ];
  for (const [input, window] of cases) assert.deepEqual(windowOf(input), { value: { window }, problems: [] });
});

test('a window that can never open, or is no window, is refused', () => {
  const cases: readonly (readonly [WindowInput, string, RegExp])[] = [
    [{ start: '06:00', end: '06:00' }, 'window.end', /from 06:00 to 06:00 is empty/],
    [{ end: '00:00' }, 'window.end', /from 00:00 to 00:00 is empty/],
    [{ start: '24:00' }, 'window.start', /"24:00" is not a time of day from 00:00 to 23:59/],
    [{ start: '06:60' }, 'window.start', /"06:60"/],
    [{ end: '24:01' }, 'window.end', /"24:01" is not a time of day from 00:00 to 24:00/],
    [{ end: 'noon' }, 'window.end', /"noon"/],
    [{ days: [] }, 'window.days', /no days, so it never opens/],
    [{ days: ['mon', 'noday'] }, 'window.days', /"noday" is not a weekday/],
  ];
  for (const [input, key, message] of cases) {
    const { value, problems } = windowOf(input);
    assert.equal(value, null);
    assert.deepEqual(
      problems.map((problem) => [problem.key, problem.code]),
      [[key, 'invalid_schedule']],
    );
    assert.match(problems[0]?.message ?? '', message);
    assert.ok(problems[0]?.hint);
  }
  assert.equal(windowOf({ start: 'x', end: 'y', days: [] }).problems.length, 3);
});

test('zones are read into their spelling or refused with a suggestion', () => {
  assert.equal(reading((report) => readTimeZone('europe/berlin', report)).value, 'Europe/Berlin');
  const near = reading((report) => readTimeZone('Sydney', report));
  assert.equal(near.value, null);
  assert.deepEqual(near.problems, [
    {
      key: 'timezone',
      code: 'unknown_timezone',
      message: 'there is no time zone "Sydney"',
      hint: 'did you mean "Australia/Sydney"?',
    },
  ]);
  const far = reading((report) => readTimeZone('Mars/Base', report));
  assert.match(far.problems[0]?.hint ?? '', /IANA/);
});

test('spans are text or milliseconds from a least one up', () => {
  const span = (written: string | number) =>
    reading((report) => readSpan(written, { key: 'jitter', minMs: 10 }, report));
  assert.equal(span('30m').value, 1_800_000);
  assert.equal(span(10).value, 10);
  for (const wrong of [9, '9ms', 'soon', Number.NaN, 10.5, -20]) {
    const { value, problems } = span(wrong);
    assert.equal(value, null);
    assert.deepEqual(
      problems.map((problem) => [problem.key, problem.code]),
      [['jitter', 'invalid_duration']],
    );
    assert.match(problems[0]?.message ?? '', /at least 10ms/);
  }
});
