import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { formatDuration, formatSize, parseDuration, parseSize } from './units.ts';

for (const [text, ms] of [
  ['250ms', 250],
  ['30s', 30_000],
  ['1.5s', 1_500],
  ['15m', 900_000],
  ['6h', 21_600_000],
  ['7d', 604_800_000],
  ['0s', 0],
  ['', null],
  ['5', null],
  ['-5s', null],
  ['5 s', null],
  ['5S', null],
  ['1h30m', null],
  ['1.5ms', null],
  ['999999999999d', null],
] as const) {
  test(`the duration "${text}" is ${ms ?? 'none'}`, () => assert.equal(parseDuration(text), ms));
}

for (const [text, bytes] of [
  ['512B', 512],
  ['64KiB', 65_536],
  ['1MiB', 1_048_576],
  ['10MB', 10_000_000],
  ['3kB', 3_000],
  ['2GiB', 2_147_483_648],
  ['1', null],
  ['1.5MiB', null],
  ['1mib', null],
  ['999999999999GiB', null],
] as const) {
  test(`the size "${text}" is ${bytes ?? 'none'}`, () => assert.equal(parseSize(text), bytes));
}

test('durations and sizes are read back as they were written', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 10 ** 11 }), (value) => {
      assert.equal(parseDuration(formatDuration(value)), value);
      assert.equal(parseSize(formatSize(value)), value);
    }),
  );
});

test('the largest whole unit is chosen', () => {
  assert.equal(formatDuration(86_400_000), '1d');
  assert.equal(formatDuration(90_000), '90s');
  assert.equal(formatSize(1_048_576), '1MiB');
  assert.equal(formatSize(1_000), '1000B');
});
