import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { OperatorError } from '../../src/domain/errors.ts';
import type { Snapshot } from '../../src/domain/snapshot.ts';
import { createDispatcher } from '../../src/engine/dispatcher.ts';
import { createEnqueue } from '../../src/engine/enqueue.ts';
import { recover } from '../../src/engine/janitor.ts';
import { createReloader } from '../../src/engine/reload.ts';
import { createScheduler } from '../../src/engine/scheduler.ts';
import { createSnapshots } from '../../src/engine/snapshots.ts';
import { type HarnessOptions, harness, ok, type Script, snapshotOf } from './harness.ts';

const MINUTE = 60_000;

async function started(t: TestContext, options: HarnessOptions) {
  const h = await harness(t, options);
  const snapshots = createSnapshots(h.parts.snapshot());
  const parts = { ...h.parts, snapshot: snapshots.current, lastSnapshotWith: snapshots.lastWith };
  const dispatcher = createDispatcher(parts);
  const scheduler = createScheduler(parts, { wake: dispatcher.wake, cancel: async () => {} });
  let files: () => Snapshot = snapshots.current;
  let refusal: OperatorError | null = null;
  let loads = 0;
  const reloader = createReloader(parts, {
    snapshots,
    scheduler,
    wake: dispatcher.wake,
    listen: async () => [],
    done() {},
    uncontained: () => [],
    contain() {
      if (refusal !== null) throw refusal;
    },
    load() {
      loads += 1;
      return { snapshot: files(), warnings: [] };
    },
  });
  const enqueue = createEnqueue(parts, () => {
    dispatcher.wake();
    reloader.hear();
  });
  dispatcher.start();
  await scheduler.start();
  t.after(async () => {
    await scheduler.stop();
    await reloader.stop();
    await dispatcher.stop(0);
  });
  let version = 1;
  const write = (next: HarnessOptions): void => {
    version += 1;
    const snapshot = { ...snapshotOf(next), version: `version-${version}` };
    files = () => snapshot;
  };
  return {
    ...h,
    parts,
    scheduler,
    reloader,
    snapshots,
    loads: () => loads,
    write,
    fail(error: OperatorError): void {
      files = () => {
        throw error;
      };
    },
    refuse(error: OperatorError): void {
      refusal = error;
    },
    async reload(next: HarnessOptions) {
      write(next);
      return reloader.reload('test');
    },
    async submit(instance: string): Promise<string> {
      const submission = { instance, command: 'poll', payload: {}, submittedBy: 'cli' };
      const { jobId } = await enqueue.submit(submission);
      await h.settle();
      return jobId;
    },
    async codes(jobId: string): Promise<readonly string[]> {
      const { items } = await h.store.read.decisions({ jobId }, { limit: 10, cursor: null });
      return items.map(({ code }) => code);
    },
    async status(jobId: string) {
      return (await h.store.read.job(jobId))?.status;
    },
    async pass(ms: number, step: number): Promise<void> {
      for (let left = ms; left > 0; left -= step) {
        h.clock.advance(Math.min(step, left));
        await h.settle();
      }
    },
  };
}

/** A plugin that answers when it is told to. */
function held(): { readonly script: Script; release(): void } {
  const waiting: (() => void)[] = [];
  return {
    script: () =>
      new Promise((resolve) => {
        waiting.push(() => resolve(ok()));
      }),
    release: () => waiting.shift()?.(),
  };
}

test('a reload during an attempt neither ends nor repeats it; the next one uses the new snapshot', async (t) => {
  const long = held();
  const s = await started(t, { plugins: { p: long.script } });
  const first = await s.submit('p');
  const { difference, unchanged } = await s.reload({
    plugins: { p: long.script },
    instances: { p: { concurrency: 2 } },
  });
  assert.equal(unchanged, false);
  assert.deepEqual(difference.instances, { added: [], changed: ['p'], removed: [] });
  const second = await s.submit('p');
  assert.deepEqual(
    s.requests.map(({ job, instance }) => [job.id, instance.concurrency]),
    [
      [first, 1],
      [second, 2],
    ],
  );
  long.release();
  long.release();
  await s.settle();
  const attempts = await s.store.read.attempts(first);
  assert.deepEqual(
    attempts.map(({ outcome, configVersion }) => [outcome, configVersion]),
    [['succeeded', 'version-1']],
  );
  assert.equal((await s.store.read.attempts(second))[0]?.configVersion, 'version-2');
});

test('a larger cap takes effect at once', async (t) => {
  const long = held();
  const s = await started(t, { plugins: { p: long.script } });
  await s.submit('p');
  await s.submit('p');
  assert.equal(s.requests.length, 1);
  await s.reload({ plugins: { p: long.script }, instances: { p: { concurrency: 2 } } });
  await s.settle();
  assert.equal(s.requests.length, 2);
  long.release();
  long.release();
  await s.settle();
});

test('what stays the same says so and swaps nothing', async (t) => {
  const s = await started(t, { plugins: { p: () => ok() } });
  const before = s.snapshots.current();
  const result = await s.reloader.reload('test');
  assert.equal(result.unchanged, true);
  assert.equal(s.snapshots.current(), before);
});

test('an unchanged schedule keeps its slots, a changed one starts afresh, a removed one stops, a new one starts', async (t) => {
  const plugins = { p: () => ok(), q: () => ok() };
  const s = await started(t, {
    plugins,
    schedules: [
      { instance: 'p', id: 'same', every: '10m', run_on_start: true },
      { instance: 'p', id: 'other', every: '10m', run_on_start: true },
      { instance: 'p', id: 'gone', every: '10m' },
      { instance: 'p', id: 'louder', every: '10m' },
    ],
  });
  await s.pass(4 * MINUTE, MINUTE);
  const views = new Map(s.scheduler.views().map((view) => [view.schedule.id, view]));
  const ran = s.requests.length;
  const { difference } = await s.reload({
    plugins,
    schedules: [
      { instance: 'p', id: 'same', every: '10m', run_on_start: true },
      { instance: 'p', id: 'other', every: '7m', run_on_start: true },
      { instance: 'p', id: 'louder', every: '10m', payload: { loud: true } },
      { instance: 'q', id: 'new', every: '10m', run_on_start: true },
    ],
  });
  assert.deepEqual(difference.schedules, {
    added: ['q/new'],
    changed: ['p/louder', 'p/other'],
    removed: ['p/gone'],
  });
  await s.settle();
  const now = new Map(s.scheduler.views().map((view) => [view.schedule.id, view]));
  assert.deepEqual([...now.keys()], ['same', 'other', 'louder', 'new']);
  assert.deepEqual(now.get('same'), views.get('same'));
  assert.equal(now.get('louder')?.nextAt, views.get('louder')?.nextAt);
  assert.equal(now.get('other')?.lastJobId, views.get('other')?.lastJobId);
  assert.deepEqual(
    s.requests.slice(ran).map(({ instance }) => instance.name),
    ['q'],
  );
  await s.pass(6 * MINUTE, MINUTE);
  const loud = s.requests.filter(({ job }) => job.submittedBy === 'scheduler:p/louder');
  assert.deepEqual(loud.at(-1)?.job.payload, { loud: true });
  assert.equal(s.requests.filter(({ job }) => job.submittedBy === 'scheduler:p/gone').length, 0);
  assert.equal(s.requests.filter(({ job }) => job.submittedBy === 'scheduler:p/same').length, 2);
});

test('an invalid configuration changes nothing and tells every problem', async (t) => {
  const s = await started(t, { plugins: { p: () => ok() }, schedules: [{ instance: 'p', every: '1m' }] });
  const problem = { severity: 'error', code: 'unknown_key', message: 'no', location: null, hint: null } as const;
  s.fail(new OperatorError('config_invalid', 'bad', { problems: [problem, problem] }));
  const before = s.snapshots.current();
  await assert.rejects(s.reloader.reload('test'), (error: OperatorError) => error.problems.length === 2);
  assert.equal(s.snapshots.current(), before);
  await s.pass(2 * MINUTE, MINUTE);
  assert.equal(s.requests.length, 2);
});

test('a machine that does not give what is asked for, or a store that refuses, leaves everything as it was', async (t) => {
  const s = await started(t, { plugins: { p: () => ok() }, schedules: [{ instance: 'p', every: '1m' }] });
  const before = s.snapshots.current();
  const changed: HarnessOptions = { plugins: { p: () => ok() }, schedules: [{ instance: 'p', every: '2m' }] };
  s.refuse(new OperatorError('containment_unavailable', 'no bwrap'));
  await assert.rejects(s.reload(changed), { code: 'containment_unavailable' });
  assert.equal(s.snapshots.current(), before);
  const scheduler = s.scheduler.change(snapshotOf(changed).schedules, s.clock.now(), () =>
    Promise.reject(new Error('full')),
  );
  await assert.rejects(scheduler, /full/);
  await s.pass(2 * MINUTE, MINUTE);
  assert.equal(s.requests.length, 2);
});

test('settings that need a restart are refused by name', async (t) => {
  const s = await started(t, { plugins: { p: () => ok() } });
  s.write({ plugins: {}, service: { stateDir: '/elsewhere', storage: 'postgres://x' } });
  await assert.rejects(s.reloader.reload('test'), {
    code: 'restart_required',
    message: /: service\.state_dir, service\.storage$/,
  });
  assert.ok(s.snapshots.current().instances.has('p'));
});

test('reloads that are asked for while one is under way share the next', async (t) => {
  const s = await started(t, { plugins: { p: () => ok() } });
  const first = s.reloader.reload('test');
  // The first reads in its own turn; until then everybody shares it.
  await Promise.resolve();
  const later = [1, 2, 3].map(() => s.reloader.reload('test'));
  await Promise.all([first, ...later]);
  assert.equal(s.loads(), 2);
});

for (const onRemove of ['run', 'fail', 'cancel'] as const) {
  test(`queued jobs of an instance that is gone: on_remove ${onRemove}`, async (t) => {
    const long = held();
    const s = await started(t, { plugins: { p: long.script, q: () => ok() } });
    const running = await s.submit('p');
    const queued = await s.submit('p');
    await s.reload({ plugins: { q: () => ok() }, service: { onRemove } });
    const expected = {
      run: ['queued', ['instance_removed']],
      fail: ['failed', ['plugin_missing']],
      cancel: ['cancelled', ['instance_removed']],
    } as const;
    assert.deepEqual([await s.status(queued), await s.codes(queued)], expected[onRemove]);
    assert.equal(await s.status(running), 'running');
    await assert.rejects(s.submit('p'), { code: 'unknown_instance' });
    long.release();
    await s.settle();
    assert.equal(await s.status(running), 'succeeded');
    if (onRemove !== 'run') return;
    assert.equal(s.requests.at(-1)?.job.id, queued);
    long.release();
    await s.settle();
    assert.equal(await s.status(queued), 'succeeded');
    assert.equal((await s.store.read.attempts(queued))[0]?.configVersion, 'version-1');
    await s.reload({ plugins: { q: () => ok(), r: () => ok() }, service: { onRemove } });
    assert.equal(s.snapshots.kept().size, 0);
  });

  test(`an attempt of an instance that is gone and wants another try: on_remove ${onRemove}`, async (t) => {
    let fail = (): void => {};
    const script: Script = () =>
      new Promise((resolve) => {
        fail = () => resolve({ kind: 'exited' });
      });
    const retry = { maxAttempts: 3, baseMs: MINUTE, capMs: MINUTE };
    const s = await started(t, { plugins: { p: script, q: () => ok() }, instances: { p: { retry } } });
    const job = await s.submit('p');
    await s.reload({ plugins: { q: () => ok() }, service: { onRemove } });
    fail();
    await s.settle();
    assert.equal(await s.status(job), { run: 'queued', fail: 'failed', cancel: 'cancelled' }[onRemove]);
  });
}

test('after a restart, jobs of an instance that is gone fail, or are cancelled if on_remove says so', async (t) => {
  for (const [onRemove, status] of [
    ['run', 'failed'],
    ['fail', 'failed'],
    ['cancel', 'cancelled'],
  ] as const) {
    const h = await harness(t, { plugins: { p: () => ok(), q: () => ok() } });
    const enqueue = createEnqueue(h.parts, () => {});
    const { jobId } = await enqueue.submit({ instance: 'p', command: 'poll', payload: {}, submittedBy: 'cli' });
    await h.use(snapshotOf({ plugins: { q: () => ok() }, service: { onRemove } }));
    await recover(h.parts);
    assert.equal((await h.store.read.job(jobId))?.status, status);
  }
});

test('a disabled instance keeps its queued jobs and takes no new ones', async (t) => {
  const long = held();
  const s = await started(t, { plugins: { p: long.script } });
  await s.submit('p');
  const queued = await s.submit('p');
  await s.reload({ plugins: { p: long.script }, instances: { p: { enabled: false } } });
  await assert.rejects(s.submit('p'), { code: 'instance_disabled' });
  long.release();
  await s.settle();
  long.release();
  await s.settle();
  assert.equal(await s.status(queued), 'succeeded');
});

test('a preview says which jobs and slots would differ, and changes nothing', async (t) => {
  const plugins = { p: () => ok(), q: () => ok() };
  const s = await started(t, {
    plugins,
    routes: [{ name: 'r', event_type: 'x.y', to: 'p' }],
    schedules: [{ instance: 'p', every: '12h' }],
  });
  const enqueue = createEnqueue(s.parts, () => {});
  await enqueue.emit({ type: 'x.y', payload: { n: 1 }, source: 'cli' });
  await enqueue.emit({ type: 'x.z', payload: {}, source: 'cli' });
  s.write({
    plugins,
    routes: [
      { name: 'r', event_type: 'x.y', to: 'p', priority: 5 },
      { name: 'more', event_type: 'x.z', to: 'q' },
    ],
    schedules: [{ instance: 'p', every: '8h' }],
  });
  const { events, slots, difference, unchanged } = await s.reloader.preview({ events: 10 });
  assert.equal(unchanged, false);
  assert.deepEqual(difference.routes, { added: ['more'], changed: ['r'], removed: [] });
  assert.equal(events.checked, 2);
  assert.deepEqual(
    events.differences.map(({ event, lost, gained, changed }) => [event.type, lost, gained, changed]),
    [
      ['x.z', [], [{ route: 'more', instance: 'q', command: 'handle' }], []],
      ['x.y', [], [], [{ route: 'r', instance: 'p', command: 'handle', fields: ['priority'] }]],
    ],
  );
  assert.ok(slots.lost.length > 0 && slots.gained.length > 0);
  assert.equal(s.snapshots.current().version, 'version-1');
});
