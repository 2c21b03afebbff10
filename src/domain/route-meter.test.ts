import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MAX_STEPS, type Meter } from './condition-run.ts';
import { newRouteMeter, onShare } from './route-meter.ts';

/** Spends so much of its share, and fails when that was too much. */
function spending(steps: number, bytes = 0) {
  return (share: Meter) => {
    share.steps -= steps;
    share.bytes -= bytes;
    return share.steps < 0 || share.bytes < 0
      ? ({ ok: false, message: 'its own failure' } as const)
      : ({ ok: true, value: steps } as const);
  };
}

test('one expression gets no more than one may take, and what it takes is gone', () => {
  const left = newRouteMeter();
  const { steps, bytes } = left;
  assert.deepEqual(onShare(left, spending(10, 20)), { ok: true, value: 10 });
  assert.deepEqual(left, { steps: steps - 10, bytes: bytes - 20 });
  assert.deepEqual(onShare(left, spending(7 * MAX_STEPS)), { ok: false, message: 'its own failure' });
  assert.deepEqual(left, { steps: steps - 10 - MAX_STEPS, bytes: bytes - 20 });
});

test('a meter that is or runs empty says so instead of blaming the expression', () => {
  for (const left of [
    { steps: 5, bytes: 5 },
    { steps: 0, bytes: 5 },
    { steps: 5, bytes: 0 },
  ]) {
    const result = onShare(left, spending(6, 6));
    assert.match(result.ok ? '' : result.message, /too costly together/);
  }
  assert.deepEqual(onShare({ steps: 5, bytes: 5 }, spending(5, 5)), { ok: true, value: 5 });
});
