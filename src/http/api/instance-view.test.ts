import assert from 'node:assert/strict';
import { test } from 'node:test';
import { countsView } from './instance-view.ts';

const NONE = { queued: 0, running: 0, succeeded: 0, failed: 0, dead: 0, cancelled: 0, retrying: 0 };

test('jobs are summed by status', () => {
  const counts = [
    { instance: 'a', status: 'queued', count: 2, capped: false },
    { instance: 'b', status: 'queued', count: 3, capped: false },
    { instance: 'b', status: 'dead', count: 1, capped: false },
  ] as const;
  assert.deepEqual(countsView(counts, []), { ...NONE, queued: 5, dead: 1 });
});

test('a sum with a number that may be larger is named as a lower bound', () => {
  const counts = [
    { instance: 'a', status: 'queued', count: 100_000, capped: true },
    { instance: 'b', status: 'queued', count: 100_000, capped: true },
    { instance: 'b', status: 'running', count: 1, capped: false },
  ] as const;
  assert.deepEqual(countsView(counts, []), { ...NONE, queued: 200_000, running: 1, capped: ['queued'] });
});

test('jobs that wait for their next try are summed, and named as a lower bound where there may be more', () => {
  const one = { count: 2, nextAt: 7, capped: false };
  assert.deepEqual(countsView([], [one, one]), { ...NONE, retrying: 4 });
  assert.deepEqual(countsView([], [one, { ...one, capped: true }]), { ...NONE, retrying: 4, retrying_capped: true });
});
