import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { formatInstant, parseInstant } from './instant.ts';

const anyInstant = fc.integer({ min: -62_167_219_200_000, max: 253_402_300_799_999 });

test('an instant prints as the platform prints it, over all four-digit years', () => {
  fc.assert(
    fc.property(anyInstant, (ms) => assert.equal(formatInstant(ms), new Date(ms).toISOString())),
    {
      numRuns: 2_000,
    },
  );
});

test('a printed instant reads back as the same milliseconds', () => {
  fc.assert(
    fc.property(anyInstant, (ms) => assert.equal(parseInstant(formatInstant(ms)), ms)),
    { numRuns: 2_000 },
  );
});

test('the first and last day of every month of leap and common years print and read back', () => {
  for (const year of [0, 1, 1900, 1970, 1999, 2000, 2023, 2024, 2100, 9999]) {
    for (let month = 0; month < 12; month += 1) {
      for (const day of [1, 28, 29, 30, 31]) {
        const date = new Date(0);
        date.setUTCFullYear(year, month, day);
        const ms = date.getTime();
        if (ms > 253_402_300_799_999) continue;
        assert.equal(formatInstant(ms), date.toISOString());
        assert.equal(parseInstant(formatInstant(ms)), ms);
      }
    }
  }
});

const readable: readonly (readonly [string, string])[] = [
  ['2026-11-23T10:00:00Z', '2026-11-23T10:00:00.000Z'],
  ['2026-11-23t10:00:00z', '2026-11-23T10:00:00.000Z'],
  ['2026-11-23 10:00:00Z', '2026-11-23T10:00:00.000Z'],
  ['2026-11-23T10:00:00.5Z', '2026-11-23T10:00:00.500Z'],
  ['2026-11-23T10:00:00.123456789Z', '2026-11-23T10:00:00.123Z'],
  ['2026-11-23T10:00:00.9999Z', '2026-11-23T10:00:00.999Z'],
  ['2026-11-23T10:00:00+11:00', '2026-11-22T23:00:00.000Z'],
  ['2026-11-23T10:00:00-03:30', '2026-11-23T13:30:00.000Z'],
  ['2026-11-23T10:00:00-00:00', '2026-11-23T10:00:00.000Z'],
  ['2016-12-31T23:59:60Z', '2017-01-01T00:00:00.000Z'],
  ['2024-02-29T00:00:00Z', '2024-02-29T00:00:00.000Z'],
  ['1969-12-31T23:59:59.999Z', '1969-12-31T23:59:59.999Z'],
];

for (const [text, utc] of readable) {
  test(`${text} is the instant ${utc}`, () => {
    const ms = parseInstant(text);
    assert.notEqual(ms, null);
    assert.equal(formatInstant(ms ?? Number.NaN), utc);
  });
}

const unreadable = [
  '',
  'now',
  '2026-11-23',
  '2026-11-23T10:00Z',
  '2026-11-23T10:00:00',
  '2026-11-23T10:00:00+1100',
  '2026-11-23T10:00:00.Z',
  '2026-13-01T00:00:00Z',
  '2026-00-01T00:00:00Z',
  '2026-01-00T00:00:00Z',
  '2026-04-31T00:00:00Z',
  '2023-02-29T00:00:00Z',
  '1900-02-29T00:00:00Z',
  '2026-11-23T24:00:00Z',
  '2026-11-23T10:60:00Z',
  '2026-11-23T10:00:61Z',
  '2026-11-23T10:00:00+24:00',
  '2026-11-23T10:00:00+11:60',
  '+02026-11-23T10:00:00Z',
  '0000-01-01T00:00:00+00:01',
  '9999-12-31T23:59:59-00:01',
  ' 2026-11-23T10:00:00Z',
  '2026-11-23T10:00:00Z\n',
  '١٢٣٤-11-23T10:00:00Z',
];

for (const text of unreadable) {
  test(`${JSON.stringify(text)} is not an instant`, () => {
    assert.equal(parseInstant(text), null);
  });
}

test('a number that is no instant of a four-digit year is a bug and throws', () => {
  for (const ms of [Number.NaN, 0.5, Number.POSITIVE_INFINITY, 253_402_300_800_000, -62_167_219_200_001]) {
    assert.throws(() => formatInstant(ms), RangeError);
  }
});
