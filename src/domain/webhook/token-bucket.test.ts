import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createBuckets } from './token-bucket.ts';

test('a burst is taken, then one after each part of the span', () => {
  const buckets = createBuckets({ count: 3, perMs: 60_000 }, { most: 10 });
  assert.deepEqual(
    [0, 0, 0].map((now) => buckets.take('a', now)),
    [{ ok: true }, { ok: true }, { ok: true }],
  );
  assert.deepEqual(buckets.take('a', 0), { ok: false, retryAfterMs: 20_000 });
  assert.deepEqual(buckets.take('a', 19_999.5), { ok: false, retryAfterMs: 0.5 });
  assert.deepEqual(buckets.take('b', 19_999.5), { ok: true });
  assert.deepEqual(buckets.take('a', 20_000), { ok: true });
  assert.deepEqual(buckets.take('a', 20_000), { ok: false, retryAfterMs: 20_000 });
});

test('of any count exactly that many are taken at once, and again after the span', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 300 }), fc.integer({ min: 1, max: 86_400_000 }), (count, perMs) => {
      const buckets = createBuckets({ count, perMs }, { most: 1 });
      for (const now of [1e9, 1e9 + perMs]) {
        for (let taken = 0; taken < count; taken += 1) assert.equal(buckets.take('a', now).ok, true);
        // Within a microsecond of the sum.
        if (perMs / count > 1) assert.equal(buckets.take('a', now).ok, false);
      }
    }),
    { numRuns: 50 },
  );
});

test('of more keys than are remembered, the one that took longest ago is forgotten', () => {
  const buckets = createBuckets({ count: 1, perMs: 1_000 }, { most: 2 });
  assert.equal(buckets.take('a', 0).ok, true);
  assert.equal(buckets.take('b', 10).ok, true);
  assert.equal(buckets.take('a', 20).ok, false);
  assert.equal(buckets.take('c', 30).ok, true);
  assert.equal(buckets.take('b', 40).ok, false);
  assert.equal(buckets.take('a', 50).ok, true);
});
