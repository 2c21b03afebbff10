import assert from 'node:assert/strict';
import { test } from 'node:test';
import { measureClaims } from '../../../bench/claim.bench.ts';

test('the claim benchmark works at a hundredth of its size', async () => {
  const figures = await measureClaims({ finished: 10_000, delayed: 1_000, instances: 50, queuedEach: 200 }, 5);
  for (const { median, p99 } of [figures.filled, figures.afterSync, figures.empty, figures.fullCommit]) {
    assert.ok(median > 0 && p99 >= median);
  }
  assert.ok(figures.enqueuesPerSecond.alone > 0 && figures.enqueuesPerSecond.of32 > 0);
});
