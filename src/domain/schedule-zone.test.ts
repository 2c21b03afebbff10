import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HOUR_MS, utc, ZONES } from '../../test/schedules.ts';
import { formatInstant } from './instant.ts';
import { findTimeZone, instantFor, instantsOf, segmentAt, suggestTimeZone } from './schedule-zone.ts';

/** The offset by another road: what `Intl` writes for the instant. */
function offsetByIntl(timezone: string): (at: number) => number {
  const format = new Intl.DateTimeFormat('en-US', { timeZone: timezone, timeZoneName: 'longOffset' });
  return (at) => {
    const [, sign, hours, minutes] = /GMT(?:([+-])(\d\d):(\d\d))?$/.exec(format.format(at)) ?? [];
    return (sign === '-' ? -1 : 1) * (Number(hours ?? 0) * HOUR_MS + Number(minutes ?? 0) * 60_000);
  };
}

const ALL = [...ZONES, 'Australia/Sydney', 'Pacific/Apia'];

test('segments carry the offset that Intl knows, all through fifteen years', () => {
  for (const timezone of ALL) {
    const offsetOf = offsetByIntl(timezone);
    for (let at = utc('2009-01-01T00:30:00Z'); at < utc('2024-01-01T00:00:00Z'); at += 31 * HOUR_MS) {
      const segment = segmentAt(timezone, at);
      assert.ok(segment.from <= at && at < segment.to);
      assert.equal(segment.offsetMs, offsetOf(at), `${timezone} at ${formatInstant(at)}`);
    }
  }
});

test('a segment begins and ends at the very instants of its transitions', () => {
  const [from, to] = [utc('2024-03-10T07:00:00Z'), utc('2024-11-03T06:00:00Z')];
  for (const at of [from, from + 1, to - 1]) {
    assert.deepEqual(segmentAt('America/New_York', at), { from, to, offsetMs: -4 * HOUR_MS });
  }
  assert.equal(segmentAt('America/New_York', from - 1).to, from);
  assert.equal(segmentAt('America/New_York', to).from, to);
});

test('a zone without transitions is one endless segment', () => {
  const endless = { from: Number.NEGATIVE_INFINITY, to: Number.POSITIVE_INFINITY, offsetMs: 0 };
  assert.deepEqual(segmentAt('UTC', 0), endless);
});

test('a reading is shown once, twice in a fold, or never in a gap', () => {
  const cases = [
    ['America/New_York', '2024-07-01T12:00:00Z', { kind: 'once', at: utc('2024-07-01T16:00:00Z') }],
    ['America/New_York', '2024-03-10T01:59:59Z', { kind: 'once', at: utc('2024-03-10T06:59:59Z') }],
    ['America/New_York', '2024-03-10T02:00:00Z', { kind: 'gap', gapEndsAt: utc('2024-03-10T07:00:00Z') }],
    ['America/New_York', '2024-03-10T03:00:00Z', { kind: 'once', at: utc('2024-03-10T07:00:00Z') }],
    [
      'America/New_York',
      '2024-11-03T01:00:00Z',
      { kind: 'fold', firstAt: utc('2024-11-03T05:00:00Z'), secondAt: utc('2024-11-03T06:00:00Z') },
    ],
    ['America/New_York', '2024-11-03T02:00:00Z', { kind: 'once', at: utc('2024-11-03T07:00:00Z') }],
    ['Pacific/Apia', '2011-12-30T12:00:00Z', { kind: 'gap', gapEndsAt: utc('2011-12-30T10:00:00Z') }],
    ['UTC', '2024-03-10T02:00:00Z', { kind: 'once', at: utc('2024-03-10T02:00:00Z') }],
  ] as const;
  for (const [timezone, wall, expected] of cases) assert.deepEqual(instantsOf(timezone, utc(wall)), expected, wall);
});

test('a reading stands for one instant: the chosen showing, or the end of the gap', () => {
  const cases = [
    [{ kind: 'once', at: 1 }, 1, 1],
    [{ kind: 'fold', firstAt: 1, secondAt: 2 }, 1, 2],
    [{ kind: 'gap', gapEndsAt: 3 }, 3, 3],
  ] as const;
  for (const [reading, first, second] of cases) {
    assert.equal(instantFor(reading, 'first'), first);
    assert.equal(instantFor(reading, 'second'), second);
  }
});

test('zones are found in any case and spelt as the database spells them', () => {
  assert.equal(findTimeZone('australia/sydney'), 'Australia/Sydney');
  assert.equal(findTimeZone('utc'), 'UTC');
});

test('what is no name of a zone is not found', () => {
  for (const name of ['Mars/Base', 'Berlin', '+02:00', '2024-01-01T00:00Z', '', 'Europe/Berlin[x]']) {
    assert.equal(findTimeZone(name), null, name);
  }
});

test('a city suggests its zone, also when it is misspelt', () => {
  const cases: readonly (readonly [string, string | null])[] = [
    ['berlin', 'Europe/Berlin'],
    ['US/New York', 'America/New_York'],
    ['Europe/Berln', 'Europe/Berlin'],
    ['europe/berlim', 'Europe/Berlin'],
    ['Eurpe/Berln', 'Europe/Berlin'],
    ['Australia/Sidney', 'Australia/Sydney'],
    ['America/Argentina/Buenos_Aeres', 'America/Buenos_Aires'],
    ['utcc', 'UTC'],
    ['nowhere', null],
    ['Mars/Olympus', null],
    ['', null],
  ];
  for (const [name, expected] of cases) assert.equal(suggestTimeZone(name), expected, name);
});
