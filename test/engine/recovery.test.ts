import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MAX_ORPHANS } from '../../src/domain/settle.ts';
import { cancelJob } from '../../src/engine/cancel.ts';
import { createDispatcher } from '../../src/engine/dispatcher.ts';
import { createEnqueue } from '../../src/engine/enqueue.ts';
import { recover } from '../../src/engine/janitor.ts';
import { type Harness, harness, ok, temporaryDir } from './harness.ts';

const CLAIM = { slots: 4, owner: 'a gateway that died', leaseMs: 60_000, only: null };

async function submit(h: Harness, command = 'poll'): Promise<string> {
  const enqueue = createEnqueue(h.parts, () => {});
  return (await enqueue.submit({ instance: 'p', command, payload: {}, submittedBy: 'cli' })).jobId;
}

test('a job that was running when the gateway died is due again, with an orphaned attempt that does not count', async (t) => {
  const h = await harness(t, { plugins: { p: () => ok() } });
  const jobId = await submit(h);
  await h.store.claim({ ...CLAIM, now: h.clock.now() });
  assert.deepEqual(await recover(h.parts), { orphaned: 1, stranded: 0 });
  const job = await h.store.read.job(jobId);
  assert.deepEqual([job?.status, job?.attempt, job?.attemptsUsed, job?.orphans], ['queued', 1, 0, 1]);
  const dispatcher = createDispatcher(h.parts);
  dispatcher.start();
  await h.settle();
  assert.deepEqual(
    (await h.store.read.attempts(jobId)).map(({ attempt, outcome }) => [attempt, outcome]),
    [
      [1, 'orphaned'],
      [2, 'succeeded'],
    ],
  );
  assert.deepEqual(
    h.requests[0]?.previousAttempts.map(({ outcome }) => outcome),
    ['orphaned'],
  );
  await dispatcher.stop(0);
});

test('recovery that finds nothing changes nothing', async (t) => {
  const h = await harness(t, { plugins: { p: () => ok() } });
  await submit(h);
  assert.deepEqual(await recover(h.parts), { orphaned: 0, stranded: 0 });
});

test('the eleventh orphan is dead, though the job was never running at two ends in a row', async (t) => {
  const h = await harness(t, { plugins: { p: () => ok(), other: () => ok() } });
  const jobId = await submit(h);
  const { jobId: other } = await createEnqueue(h.parts, () => {}).submit({
    instance: 'other',
    command: 'poll',
    payload: {},
    submittedBy: 'cli',
  });
  for (let i = 0; i <= 2 * MAX_ORPHANS; i += 1) {
    await h.store.claim({ ...CLAIM, now: h.clock.now(), only: i % 2 === 0 ? jobId : other });
    await recover(h.parts);
  }
  const job = await h.store.read.job(jobId);
  assert.deepEqual([job?.status, job?.lastError?.code, job?.attempt], ['dead', 'orphan_limit', MAX_ORPHANS + 1]);
});

test('what ends the gateway three times, the last time alone, is poison; an innocent beside it runs alone and succeeds', async (t) => {
  const h = await harness(t, {
    plugins: { killer: () => ok(), innocent: () => ok(), bell: () => ok() },
    routes: [{ name: 'tell', event_type: 'ductile.job.dead', to: 'bell' }],
  });
  const enqueue = createEnqueue(h.parts, () => {});
  const submitTo = async (instance: string): Promise<string> =>
    (await enqueue.submit({ instance, command: 'poll', payload: {}, submittedBy: 'cli' })).jobId;
  const killer = await submitTo('killer');
  const innocent = await submitTo('innocent');
  const claimed = async (): Promise<readonly string[]> => {
    const { jobs } = await h.store.claim({ ...CLAIM, now: h.clock.now() });
    return jobs.map(({ job }) => job.instance);
  };
  for (let end = 1; end <= 2; end += 1) {
    assert.deepEqual(await claimed(), ['killer', 'innocent']);
    await recover(h.parts);
  }
  // The gateway ends while the killer runs alone.
  assert.deepEqual(await claimed(), ['killer']);
  await recover(h.parts);
  const dead = await h.store.read.job(killer);
  assert.deepEqual([dead?.status, dead?.lastError?.code, dead?.attemptsUsed], ['dead', 'poison', 0]);
  const dispatcher = createDispatcher(h.parts);
  dispatcher.start();
  await h.settle();
  assert.deepEqual(
    h.requests.map(({ instance }) => instance.name),
    ['bell', 'innocent'],
  );
  assert.equal((await h.store.read.job(innocent))?.status, 'succeeded');
  const { items } = await h.store.read.decisions({ jobId: innocent }, { limit: 9, cursor: null });
  assert.deepEqual(
    items.map(({ code }) => code),
    ['suspect_runs', 'suspect_waits', 'job_orphaned', 'job_orphaned'],
  );
  await dispatcher.stop(0);
});

test('a suspect that fails while the gateway lives is none any more', async (t) => {
  const h = await harness(t, { plugins: { p: () => ({ kind: 'crashed', signal: 'SIGSEGV' }) } });
  const jobId = await submit(h);
  for (let end = 1; end <= 2; end += 1) {
    await h.store.claim({ ...CLAIM, now: h.clock.now() });
    await recover(h.parts);
  }
  assert.equal((await h.store.read.job(jobId))?.suspect, true);
  const dispatcher = createDispatcher(h.parts);
  dispatcher.start();
  await h.settle();
  const job = await h.store.read.job(jobId);
  assert.deepEqual([job?.status, job?.suspect, job?.uncleanEnds, job?.attemptsUsed], ['queued', false, 0, 1]);
  await dispatcher.stop(0);
});

test('while a suspect runs, the dispatcher starts nothing else and says so', async (t) => {
  let release: () => void = () => {};
  const h = await harness(t, {
    plugins: { p: () => new Promise((resolve) => (release = () => resolve(ok()))), other: () => ok() },
  });
  await submit(h);
  for (let end = 1; end <= 2; end += 1) {
    await h.store.claim({ ...CLAIM, now: h.clock.now() });
    await recover(h.parts);
  }
  const dispatcher = createDispatcher(h.parts);
  dispatcher.start();
  await h.settle();
  const enqueue = createEnqueue(h.parts, dispatcher.wake);
  await enqueue.submit({ instance: 'other', command: 'poll', payload: {}, submittedBy: 'cli' });
  await h.settle();
  assert.deepEqual(dispatcher.held(), [{ instance: 'other', reason: 'suspect_runs', until: null }]);
  assert.equal(h.requests.length, 1);
  release();
  await h.settle();
  assert.equal(h.requests.length, 2);
  assert.deepEqual(dispatcher.held(), []);
  await dispatcher.stop(0);
});

test('a command that runs at most once is not run again after a crash', async (t) => {
  const h = await harness(t, { plugins: { p: () => ok() }, commands: [{ name: 'poll', idempotent: false }] });
  const jobId = await submit(h);
  await h.store.claim({ ...CLAIM, now: h.clock.now() });
  await recover(h.parts);
  const job = await h.store.read.job(jobId);
  assert.deepEqual([job?.status, job?.lastError?.code], ['failed', 'outcome_unknown']);
});

test('queued jobs of an instance that is gone are failed with a decision', async (t) => {
  const dir = temporaryDir(t);
  const h = await harness(t, { plugins: { p: () => ok(), gone: () => ok() }, dir });
  const enqueue = createEnqueue(h.parts, () => {});
  const { jobId } = await enqueue.submit({ instance: 'gone', command: 'poll', payload: {}, submittedBy: 'cli' });
  const left = new Map([...h.parts.snapshot().instances].filter(([name]) => name !== 'gone'));
  await h.use({ ...h.parts.snapshot(), instances: left });
  assert.deepEqual(await recover(h.parts), { orphaned: 0, stranded: 1 });
  const job = await h.store.read.job(jobId);
  assert.deepEqual([job?.status, job?.lastError?.code], ['failed', 'plugin_missing']);
  const decisions = await h.store.read.decisions({ jobId }, { limit: 5, cursor: null });
  assert.deepEqual(
    decisions.items.map(({ code }) => code),
    ['plugin_missing'],
  );
});

test('routes that wait for it hear of queued jobs that are cancelled or can never run', async (t) => {
  const h = await harness(t, {
    plugins: { p: () => ok(), gone: () => ok(), bell: () => ok() },
    routes: [
      { name: 'cancelled', event_type: 'ductile.job.cancelled', to: 'bell' },
      { name: 'failed', event_type: 'ductile.job.failed', to: 'bell' },
    ],
  });
  const enqueue = createEnqueue(h.parts, () => {});
  const jobId = await submit(h);
  await enqueue.submit({ instance: 'gone', command: 'poll', payload: {}, submittedBy: 'cli' });
  let woken = 0;
  const ending = {
    stopping: new AbortController().signal,
    endAttempt: () => false,
    wake: () => {
      woken += 1;
    },
  };
  assert.equal((await cancelJob(h.parts, ending, jobId)).status, 'cancelled');
  assert.equal(woken, 1);
  const left = new Map([...h.parts.snapshot().instances].filter(([name]) => name !== 'gone'));
  await h.use({ ...h.parts.snapshot(), instances: left });
  await recover(h.parts);
  const told = await h.store.read.events({ type: 'ductile.*', source: null, jobId: null }, { limit: 5, cursor: null });
  assert.deepEqual(
    told.items.map(({ type, jobId: about, attempt }) => [type, about === jobId, attempt]),
    [
      ['ductile.job.failed', false, null],
      ['ductile.job.cancelled', true, null],
    ],
  );
  const { items } = await h.store.read.jobs(
    { status: 'queued', instance: 'bell', since: null },
    { limit: 5, cursor: null },
  );
  assert.deepEqual(
    items.map(({ submittedBy, fromCore }) => [submittedBy, fromCore]),
    [
      ['route:failed', true],
      ['route:cancelled', true],
    ],
  );
  await assert.rejects(cancelJob(h.parts, ending, jobId), { code: 'already_terminal' });
  assert.equal(
    (await h.store.read.events({ type: 'ductile.*', source: null, jobId: null }, { limit: 5, cursor: null })).items
      .length,
    2,
  );
});
