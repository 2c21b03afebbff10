import assert from 'node:assert/strict';
import { test } from 'node:test';
import { afterJob, type Breaker, CLOSED, forSlot } from './breaker.ts';

const policy = { threshold: 3, resetAfterMs: 1_000 };
const fail = (breaker: Breaker, now: number): Breaker => afterJob(breaker, false, policy, now);

test('a breaker opens at its threshold of failures in a row', () => {
  const twice = fail(fail(CLOSED, 1), 2);
  assert.equal(twice.state, 'closed');
  assert.deepEqual(fail(twice, 3), { state: 'open', failures: 3, openedAt: 3, probeJobId: null });
});

test('a success in between starts the count again', () => {
  const again = fail(fail(afterJob(fail(fail(CLOSED, 1), 2), true, policy, 3), 4), 5);
  assert.equal(again.state, 'closed');
});

test('a job that fails while the breaker is open does not put the probe off', () => {
  const open = fail(fail(fail(CLOSED, 1), 2), 3);
  assert.equal(fail(open, 500).openedAt, 3);
});

test('a failed probe opens it again from then on; a good one closes it', () => {
  const halfOpen: Breaker = { state: 'half_open', failures: 3, openedAt: 3, probeJobId: 'p' };
  assert.deepEqual(fail(halfOpen, 2_000), { state: 'open', failures: 4, openedAt: 2_000, probeJobId: null });
  assert.deepEqual(afterJob(halfOpen, true, policy, 2_000), CLOSED);
});

test('a slot runs, is the probe, or is skipped', () => {
  const open: Breaker = { state: 'open', failures: 3, openedAt: 100, probeJobId: null };
  assert.equal(forSlot(CLOSED, policy, 5), 'run');
  assert.equal(forSlot(open, policy, 1_099), 'open');
  assert.equal(forSlot(open, policy, 1_100), 'probe');
  assert.equal(forSlot({ ...open, openedAt: null }, policy, 1_000), 'probe');
  assert.equal(forSlot({ ...open, state: 'half_open' }, policy, 9_999), 'half_open');
});
