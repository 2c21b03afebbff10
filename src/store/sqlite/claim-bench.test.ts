import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { measureClaims } from '../../../bench/claim.bench.ts';
import { type Filling, fillStore, OPEN_INSTANCE, START_AT } from '../../../bench/filled-store.ts';
import type { Job } from '../../domain/job.ts';
import { request } from '../contract-values.ts';
import { openSqliteStore } from './open.ts';

/** The store of the claim benchmark at a hundredth of its size; with an odd number of instances, each has jobs of every priority. */
const FILLING: Filling = { finished: 10_000, delayed: 1_000, instances: 49, queuedEach: 200 };

test('the claim benchmark claims what it fills in: the due jobs of the open instance, in order, each once', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'ductile-filled-'));
  await fillStore(dir, FILLING);
  const store = openSqliteStore({ dir });
  const claimed: Job[] = [];
  for (const slots of [1, 1, 50, 1_000]) {
    const { jobs, held } = await store.claim(request({ slots, now: START_AT }));
    claimed.push(...jobs.map(({ job }) => job));
    assert.equal(held.length, slots === 1_000 ? FILLING.instances - 1 : 0);
  }
  assert.equal(claimed.length, FILLING.queuedEach);
  assert.equal(new Set(claimed.map(({ priority }) => priority)).size, 5);
  assert.deepEqual(new Set(claimed.map(({ instance }) => instance)), new Set([OPEN_INSTANCE]));
  assert.equal(new Set(claimed.map(({ id }) => id)).size, FILLING.queuedEach);
  // Ids ascend with the rows.
  const inOrder = claimed.toSorted(
    (one, other) => other.priority - one.priority || one.runAt - other.runAt || (one.id < other.id ? -1 : 1),
  );
  assert.deepEqual(
    claimed.map(({ id }) => id),
    inOrder.map(({ id }) => id),
  );
  const counts = await store.read.counts(START_AT);
  const running = counts.filter(({ status }) => status === 'running').map(({ count }) => count);
  assert.deepEqual(running, [FILLING.queuedEach, ...running.slice(1).map(() => 1)]);
  assert.equal(running.length, FILLING.instances);
  await store.close();
  rmSync(dir, { recursive: true });
});

test('the claim benchmark finishes, which it does only when every claim found a job of the open instance', async () => {
  await assert.doesNotReject(measureClaims(FILLING, 5));
});
