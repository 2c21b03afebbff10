import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { jitterOf } from './schedule-jitter.ts';

test('a draw stays below its span and is the same whenever it is made', () => {
  fc.assert(
    fc.property(fc.string(), fc.integer({ min: 1, max: 1e12 }), (seed, spanMs) => {
      const drawn = jitterOf(seed, spanMs);
      assert.ok(Number.isInteger(drawn) && drawn >= 0 && drawn < spanMs);
      assert.equal(jitterOf(seed, spanMs), drawn);
    }),
  );
});

// The figures come from another implementation of FNV-1a and fmix32.
test('draws never change between versions, so that a restart does not move a slot', () => {
  assert.deepEqual(
    [jitterOf('', 1_000_000), jitterOf('a/default/0', 1_000_000), jitterOf('a/default/1000', 1_000_000)],
    [668_922, 951_100, 504_126],
  );
});

test('draws for slots in a row spread evenly over the span', () => {
  const buckets = Array.from({ length: 10 }, () => 0);
  for (let slot = 0; slot < 10_000; slot++) {
    const bucket = jitterOf(`backup/default/${1_700_000_000_000 + slot * 3_600_000}`, 10);
    buckets[bucket] = (buckets[bucket] ?? 0) + 1;
  }
  // 1,000 each with a standard deviation of 30.
  for (const count of buckets) assert.ok(count > 850 && count < 1_150, buckets.join(' '));
});

test('schedules of one instant draw differently', () => {
  const draws = new Set(Array.from({ length: 100 }, (_, index) => jitterOf(`instance${index}/default/0`, 1e9)));
  assert.equal(draws.size, 100);
});
