import assert from 'node:assert/strict';
import { test } from 'node:test';
import { afterJob, type Breaker, CLOSED, forSlot } from './breaker.ts';

const policy = { threshold: 3, resetAfterMs: 1_000 };
const ended = (breaker: Breaker, succeeded: boolean, now: number, jobId = `job-${now}`): Breaker =>
  afterJob(breaker, { jobId, succeeded, policy, now });
const fail = (breaker: Breaker, now: number): Breaker => ended(breaker, false, now);
const HALF_OPEN: Breaker = { state: 'half_open', failures: 3, openedAt: 3, probeJobId: 'probe' };

test('a breaker opens at its threshold of failures in a row', () => {
  const twice = fail(fail(CLOSED, 1), 2);
  assert.equal(twice.state, 'closed');
  assert.deepEqual(fail(twice, 3), { state: 'open', failures: 3, openedAt: 3, probeJobId: null });
});

test('a success in between starts the count again', () => {
  const again = fail(fail(ended(fail(fail(CLOSED, 1), 2), true, 3), 4), 5);
  assert.equal(again.state, 'closed');
});

test('jobs that were queued before it opened change nothing, however they end', () => {
  const open = fail(fail(fail(CLOSED, 1), 2), 3);
  assert.equal(fail(open, 500), open);
  assert.equal(ended(open, true, 500), open);
  assert.equal(ended(HALF_OPEN, true, 500), HALF_OPEN);
});

test('a failed probe opens it again from then on; a good one closes it', () => {
  const again = ended(HALF_OPEN, false, 2_000, 'probe');
  assert.deepEqual(again, { state: 'open', failures: 4, openedAt: 2_000, probeJobId: null });
  assert.deepEqual(ended(HALF_OPEN, true, 2_000, 'probe'), CLOSED);
});

test('a slot runs, is the probe, or is skipped', () => {
  const open: Breaker = { state: 'open', failures: 3, openedAt: 100, probeJobId: null };
  assert.equal(forSlot(CLOSED, policy, 5), 'run');
  assert.equal(forSlot(open, policy, 1_099), 'open');
  assert.equal(forSlot(open, policy, 1_100), 'probe');
  assert.equal(forSlot({ ...open, openedAt: null }, policy, 1_000), 'probe');
  assert.equal(forSlot({ ...open, state: 'half_open' }, policy, 9_999), 'half_open');
});
