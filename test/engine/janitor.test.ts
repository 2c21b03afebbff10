import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createEnqueue } from '../../src/engine/enqueue.ts';
import { createPruner, tidy } from '../../src/engine/janitor.ts';
import type { Directories } from '../../src/engine/parts.ts';
import { deliveryOf } from '../../src/store/contract-values.ts';
import { harness, ok } from './harness.ts';

const DAY = 86_400_000;

test('workspaces and stderr files that no job needs are deleted, those of open lineages and known jobs are not', async (t) => {
  const h = await harness(t, { plugins: { p: () => ok() } });
  const enqueue = createEnqueue(h.parts, () => {});
  const { jobId } = await enqueue.submit({ instance: 'p', command: 'poll', payload: {}, submittedBy: 'cli' });
  const removed: string[] = [];
  const directories: Directories = {
    ...h.parts.directories,
    workspaces: () => [jobId, 'long-gone'],
    stderrFiles: () => [
      { jobId, path: '/kept' },
      { jobId: 'long-gone', path: '/old' },
    ],
    removeWorkspace: async (root) => {
      removed.push(root);
    },
    removeFile: (path) => {
      removed.push(path);
    },
  };
  await tidy({ ...h.parts, directories });
  assert.deepEqual(removed, ['long-gone', '/old']);
});

test('retention runs once an hour and removes what is old enough', async (t) => {
  const retention = {
    succeededMs: DAY,
    deadLettersMs: DAY,
    eventsMs: DAY,
    decisionsMs: DAY,
    deliveriesMs: DAY,
    rejectedDeliveriesMs: DAY,
  };
  const h = await harness(t, { plugins: { p: () => ok() }, service: { retention } });
  const enqueue = createEnqueue(h.parts, () => {});
  const { jobId } = await enqueue.submit({ instance: 'p', command: 'poll', payload: {}, submittedBy: 'cli' });
  await h.store.commit({ kind: 'cancel', jobId, at: h.clock.now(), routed: null });
  await h.store.commit({
    kind: 'deliver',
    delivery: deliveryOf('old', { receivedAt: h.clock.now() }),
    work: { draft: null, routed: null },
  });
  const pruner = createPruner(h.parts);
  pruner.start();
  h.clock.advance(DAY - 1);
  await h.settle();
  assert.notEqual(await h.store.read.job(jobId), null);
  h.clock.advance(3_600_001);
  await h.settle();
  // It rests after the first batch.
  h.clock.advance(1_000);
  await h.settle();
  assert.equal(await h.store.read.job(jobId), null);
  assert.equal(await h.store.read.delivery('old'), null);
  await pruner.stop();
});
