import assert from 'node:assert/strict';
import { test } from 'node:test';
import { OperatorError } from '../../src/domain/errors.ts';
import { createClockWatch } from '../../src/engine/clock-watch.ts';
import { createDispatcher } from '../../src/engine/dispatcher.ts';
import { createEnqueue } from '../../src/engine/enqueue.ts';
import { recover } from '../../src/engine/janitor.ts';
import type { EngineParts } from '../../src/engine/parts.ts';
import { createScheduler } from '../../src/engine/scheduler.ts';
import type { Command } from '../../src/store/port/commands.ts';
import { type Harness, harness, NOON, ok } from './harness.ts';

/** Parts whose store refuses commands of these kinds while `refuses` says so. */
function refusing({ parts }: Harness, kinds: readonly Command['kind'][]): EngineParts & { disk: { refuses: boolean } } {
  const disk = { refuses: true };
  const store: EngineParts['store'] = {
    ...parts.store,
    commit: (command) =>
      disk.refuses && kinds.includes(command.kind)
        ? Promise.reject(new OperatorError('storage_unavailable', 'the disk is full'))
        : parts.store.commit(command),
  };
  return { ...parts, store, disk };
}

async function submitTo(parts: EngineParts, wake: () => void): Promise<string> {
  const submission = { instance: 'p', command: 'handle', payload: null, submittedBy: 'cli' };
  return (await createEnqueue(parts, wake).submit(submission)).jobId;
}

test('an attempt whose directories cannot be made waits in its slot and uses up nothing', async (t) => {
  const h = await harness(t, { plugins: { p: () => ok() } });
  const disk = { refuses: true };
  const directories = {
    ...h.parts.directories,
    workspace(root: string) {
      if (disk.refuses) throw Object.assign(new Error('ENOSPC: no space left on device, mkdir'), { code: 'ENOSPC' });
      return h.parts.directories.workspace(root);
    },
  };
  const parts = { ...h.parts, directories };
  const dispatcher = createDispatcher(parts);
  dispatcher.start();
  const jobId = await submitTo(parts, dispatcher.wake);
  await h.settle();
  h.clock.advance(60_000);
  await h.settle();
  assert.deepEqual([h.requests.length, (await h.store.read.job(jobId))?.status], [0, 'running']);
  disk.refuses = false;
  h.clock.advance(1_000);
  await h.settle();
  const job = await h.store.read.job(jobId);
  assert.deepEqual([job?.status, job?.attempt], ['succeeded', 1]);
  await dispatcher.stop(0);
});

test('an attempt that waits for the disk is ended by a shutdown, and uses up nothing', async (t) => {
  const h = await harness(t, { plugins: { p: () => ok() }, commands: [{ name: 'handle', idempotent: false }] });
  const parts = refusing(h, ['barrier']);
  const dispatcher = createDispatcher(parts);
  dispatcher.start();
  const jobId = await submitTo(parts, dispatcher.wake);
  await h.settle();
  await dispatcher.stop(0);
  const job = await h.store.read.job(jobId);
  assert.deepEqual([job?.status, job?.attempt, job?.attemptsUsed], ['queued', 1, 0]);
});

test('the end of an attempt is kept until the storage takes it', async (t) => {
  const h = await harness(t, { plugins: { p: () => ok() } });
  const parts = refusing(h, ['finish']);
  const dispatcher = createDispatcher(parts);
  dispatcher.start();
  const jobId = await submitTo(parts, dispatcher.wake);
  await h.settle();
  assert.equal((await h.store.read.job(jobId))?.status, 'running');
  parts.disk.refuses = false;
  h.clock.advance(1_000);
  await h.settle();
  assert.deepEqual([(await h.store.read.job(jobId))?.status, h.requests.length], ['succeeded', 1]);
  await dispatcher.stop(0);
});

test('a slot that the storage refused fires a second later, also when the clock was set back meanwhile', async (t) => {
  const schedules = [{ instance: 'p', id: 'often', every: '1h', command: 'poll' }];
  const h = await harness(t, { plugins: { p: () => ok() }, schedules });
  const parts = refusing(h, ['fire_slot']);
  const scheduler = createScheduler(parts, { wake: () => {}, cancel: async () => {} });
  await scheduler.start();
  await h.settle();
  h.clock.advance(3_600_000);
  await h.settle();
  const fired = async () =>
    (await h.store.read.jobs({ status: null, instance: 'p', since: null }, { limit: 9, cursor: null })).items.length;
  assert.equal(await fired(), 0);
  h.clock.jump(h.clock.now() - 600_000);
  parts.disk.refuses = false;
  h.clock.advance(1_000);
  await h.settle();
  h.clock.advance(600_000);
  await h.settle();
  assert.equal(await fired(), 1);
  await scheduler.stop();
});

test('a recovery that the storage refuses ends the start instead of waiting', async (t) => {
  const h = await harness(t, { plugins: { p: () => ok() } });
  await submitTo(h.parts, () => {});
  await h.store.claim({ slots: 1, owner: 'gone', now: NOON, leaseMs: 1, only: null });
  const parts = refusing(h, ['finish']);
  await assert.rejects(recover(parts), { code: 'storage_unavailable' });
  parts.disk.refuses = false;
  assert.equal((await recover(parts)).orphaned, 1);
});

test('a pause between attempts keeps its length when the clock is set back, a chosen instant stays', async (t) => {
  let tries = 0;
  const h = await harness(t, {
    plugins: {
      p() {
        tries += 1;
        return tries === 1 ? { kind: 'timed_out', timeoutMs: 1_000 } : ok();
      },
    },
  });
  const dispatcher = createDispatcher(h.parts);
  const watch = createClockWatch(h.parts, dispatcher.wake);
  dispatcher.start();
  watch.start();
  const jobId = await submitTo(h.parts, dispatcher.wake);
  const chosen = await createEnqueue(h.parts, dispatcher.wake).submit({
    instance: 'p',
    command: 'handle',
    payload: null,
    submittedBy: 'cli',
    runAt: NOON + 120_000,
  });
  await h.settle();
  h.clock.jump(NOON - 3_600_000);
  h.clock.advance(10_000);
  await h.settle();
  h.clock.advance(60_000);
  await h.settle();
  assert.equal((await h.store.read.job(jobId))?.status, 'succeeded');
  assert.equal((await h.store.read.job(chosen.jobId))?.runAt, NOON + 120_000);
  await watch.stop();
  await dispatcher.stop(0);
});
