import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { Instance } from '../../src/domain/instance.ts';
import { healthDecision } from '../../src/domain/instance-health.ts';
import { rootDraft } from '../../src/domain/root-draft.ts';
import { createDispatcher } from '../../src/engine/dispatcher.ts';
import { createEnqueue } from '../../src/engine/enqueue.ts';
import { createInits } from '../../src/engine/inits.ts';
import { instanceOf } from '../values.ts';
import { type Harness, type HarnessOptions, harness, ok, snapshotOf } from './harness.ts';

const HOUR = 3_600_000;

/** A plugin with an `init` that succeeds when `works` says so. */
async function withInit(t: TestContext, works: () => boolean, more: Partial<HarnessOptions> = {}) {
  const options: HarnessOptions = {
    plugins: {
      mail: ({ job }) => (job.command !== 'init' || works() ? ok() : { kind: 'exited' }),
      watch: () => ok(),
    },
    commands: [{ name: 'poll' }, { name: 'init' }, { name: 'handle' }],
    instances: { mail: { initHash: 'one', retry: { maxAttempts: 2, baseMs: 1_000, capMs: 1_000 } } },
    ...more,
  };
  const h = await harness(t, options);
  const dispatcher = createDispatcher(h.parts);
  const inits = createInits(h.parts, dispatcher.wake);
  const enqueue = createEnqueue(h.parts, dispatcher.wake);
  const ran = () => h.requests.map(({ job }) => `${job.instance} ${job.command} ${job.attempt}`);
  const submit = () => enqueue.submit({ instance: 'mail', command: 'poll', payload: {}, submittedBy: 'cli' });
  const change = async (instance: Partial<Instance>): Promise<void> => {
    await h.use(snapshotOf({ ...options, instances: { mail: { ...options.instances?.['mail'], ...instance } } }));
    await inits.look();
    await h.settle();
  };
  const stop = async (): Promise<void> => {
    await inits.stop();
    await dispatcher.stop(0);
  };
  dispatcher.start();
  return { h, inits, ran, submit, change, stop };
}

async function codesOf(h: Harness): Promise<readonly string[]> {
  const { items } = await h.store.read.decisions({ instance: 'mail' }, { limit: 50, cursor: null });
  return items.map(({ code }) => code).toReversed();
}

test('init runs once, before every other job, and again when the configuration changed', async (t) => {
  const { h, inits, ran, submit, change, stop } = await withInit(t, () => true);
  const { jobId } = await submit();
  await h.settle();
  assert.deepEqual(ran(), []);
  await inits.look();
  await h.settle();
  assert.deepEqual(ran(), ['mail init 1', 'mail poll 1']);
  assert.equal((await h.store.read.job(jobId))?.status, 'succeeded');
  const init = await h.store.read.jobs({ status: null, instance: 'mail', since: null }, { limit: 9, cursor: null });
  assert.deepEqual(
    init.items.map(({ command, submittedBy }) => [command, submittedBy]),
    [
      ['init', 'core:init'],
      ['poll', 'cli'],
    ],
  );
  await inits.look();
  await change({});
  assert.equal(ran().length, 2);
  await change({ initHash: 'two' });
  assert.deepEqual(ran().slice(2), ['mail init 1']);
  assert.deepEqual(await codesOf(h), ['instance_unhealthy', 'instance_healthy']);
  await stop();
});

test('an init that fails is tried again an hour after its last attempt, on a look and on a change; its jobs wait', async (t) => {
  let works = false;
  const { h, inits, ran, submit, change, stop } = await withInit(t, () => works, {
    routes: [{ name: 'tell', event_type: 'ductile.instance.*', to: 'watch' }],
  });
  await submit();
  await inits.look();
  await h.settle();
  h.clock.advance(1_000);
  await h.settle();
  const init = ['mail init 1', 'mail init 2'];
  const told = ['watch handle 1'];
  assert.deepEqual(ran(), [...init, ...told]);
  assert.equal(h.requests[2]?.event?.type, 'ductile.instance.unhealthy');
  h.clock.advance(HOUR - 1);
  await h.settle();
  assert.equal(ran().length, 3);
  h.clock.advance(1);
  await h.settle();
  h.clock.advance(1_000);
  await h.settle();
  assert.deepEqual(ran().slice(3), init);
  await inits.look('watch');
  await h.settle();
  assert.equal(ran().length, 5);
  // A look does not wait for the pause between two attempts either.
  await inits.look('mail');
  await h.settle();
  await inits.look('mail');
  await h.settle();
  assert.deepEqual(ran().slice(5), init);
  works = true;
  await change({ initHash: 'two' });
  assert.deepEqual(ran().slice(7), ['mail init 1', 'mail poll 1', 'watch handle 1'].toSorted());
  assert.equal(h.requests.find(({ event }) => event?.type === 'ductile.instance.healthy')?.job.instance, 'watch');
  await stop();
});

test('a job that its unhealthy instance held for max_hold fails and says so; the init goes on', async (t) => {
  const { h, inits, submit, stop } = await withInit(t, () => false);
  const first = await submit();
  await inits.look();
  for (let hours = 0; hours < 24; hours += 1) {
    await h.settle();
    h.clock.advance(1_000);
    await h.settle();
    h.clock.advance(HOUR - 1_000);
    if (hours === 12) await submit();
  }
  await h.settle();
  const failed = await h.store.read.job(first.jobId);
  assert.deepEqual([failed?.status, failed?.attempt, failed?.lastError?.code], ['failed', 0, 'instance_unhealthy']);
  const { items } = await h.store.read.decisions({ jobId: first.jobId }, { limit: 9, cursor: null });
  assert.deepEqual(
    items.map(({ code }) => code),
    ['instance_unhealthy'],
  );
  const queued = await h.store.read.jobs(
    { status: 'queued', instance: 'mail', since: null },
    { limit: 9, cursor: null },
  );
  assert.ok(queued.items.some(({ command }) => command === 'poll'));
  assert.ok(h.requests.length >= 24);
  await stop();
});

test('nothing fails while the instance is paused, and resuming it gives init its time again', async (t) => {
  const { h, inits, submit, stop } = await withInit(t, () => false);
  const { jobId } = await submit();
  await inits.look();
  await h.settle();
  const decision = {
    code: 'instance_paused',
    at: h.clock.now(),
    text: 'paused',
    jobId: null,
    eventId: null,
    instance: 'mail',
    schedule: null,
    route: null,
    values: null,
    collapseKey: null,
  } as const;
  await h.store.commit({ kind: 'pause', instance: 'mail', paused: true, at: h.clock.now(), decision });
  for (let hours = 0; hours < 30; hours += 1) {
    h.clock.advance(HOUR);
    await h.settle();
  }
  assert.equal((await h.store.read.job(jobId))?.status, 'queued');
  await h.store.commit({ kind: 'pause', instance: 'mail', paused: false, at: h.clock.now(), decision });
  h.clock.advance(2 * HOUR);
  await h.settle();
  assert.equal((await h.store.read.job(jobId))?.status, 'queued');
  await stop();
});

test('an instance without an init, and one that is disabled, are left alone', async (t) => {
  const { h, inits, ran, submit, change, stop } = await withInit(t, () => true, { instances: { mail: {} } });
  await submit();
  await inits.look();
  await h.settle();
  await change({ enabled: false, initHash: 'one' });
  assert.deepEqual(ran(), ['mail poll 1']);
  assert.equal(h.clock.pending(), 0);
  await stop();
});

test('an init that ended the gateway again and again is not run at every start, but when somebody names the instance', async (t) => {
  const { h, inits, ran, stop } = await withInit(t, () => true);
  const decision = healthDecision('instance_unhealthy', { at: 0, text: '', instance: 'mail', jobId: 'bad' });
  const draft = rootDraft({
    id: 'bad',
    instance: instanceOf({ name: 'mail' }),
    command: 'init',
    payload: {},
    submittedBy: 'core:init',
    dedupeWindowMs: 1,
    configVersion: 'v',
    now: h.clock.now(),
  });
  await h.store.commit({ kind: 'begin_init', draft, hash: 'one', decision });
  const error = { code: 'poison', message: 'it ended the gateway' };
  await h.store.commit({ kind: 'fail_queued', jobId: 'bad', error, at: h.clock.now(), decision, routed: null });
  await inits.look();
  h.clock.advance(2 * HOUR);
  await h.settle();
  assert.deepEqual(ran(), []);
  await inits.look('mail');
  await h.settle();
  assert.deepEqual(ran(), ['mail init 1']);
  await stop();
});

test('an init that is asked for while one runs is run again at once when that fails, and only then', async (t) => {
  for (const [maxAttempts, second] of [
    [1, 'mail init 1'],
    [2, 'mail init 2'],
  ] as const) {
    const { promise: ends, resolve: end } = Promise.withResolvers<void>();
    let runs = 0;
    const { h, inits, ran, submit, stop } = await withInit(t, () => true, {
      plugins: {
        async mail({ job }) {
          if (job.command !== 'init') return ok();
          runs += 1;
          if (runs > 1) return ok();
          await ends;
          return { kind: 'exited' };
        },
      },
      instances: { mail: { initHash: 'one', retry: { maxAttempts, baseMs: 600_000, capMs: 600_000 } } },
    });
    await submit();
    await inits.look();
    await h.settle();
    assert.deepEqual(ran(), ['mail init 1']);
    await inits.look('mail');
    await h.settle();
    assert.equal(runs, 1);
    end();
    await h.settle();
    assert.deepEqual(ran(), ['mail init 1', second, 'mail poll 1']);
    await inits.look('mail');
    await h.settle();
    assert.equal(runs, 2);
    await stop();
  }
});
