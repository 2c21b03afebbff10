import assert from 'node:assert/strict';
import {
  attemptOf,
  decisionOf,
  draftOf,
  eventOf,
  failure,
  instanceOf,
  runToEnd,
  settlementOf,
  syncInstances,
  T0,
  type WithStore,
} from './contract-values.ts';
import type { Store } from './port.ts';

const ROOT = { rootJobId: 'root' };

/** Lineages as traces show them, and what changed. */
export function traceContract(withStore: WithStore): void {
  withStore(
    'a trace has jobs with attempts, state and result, and events with what routes made of them',
    async (store) => {
      await syncInstances(store, [instanceOf('alpha')]);
      await store.commit({ kind: 'enqueue', drafts: [draftOf('root')] });
      const event = eventOf('e1', { jobId: 'root', attempt: 1, rootJobId: 'root' });
      const drafts = [draftOf('child', { ...ROOT, parentJobId: 'root', sourceEventId: 'e1', createdAt: T0 + 5 })];
      const decisions = [
        decisionOf({ code: 'route_taken', eventId: 'e1', jobId: 'root' }),
        decisionOf({ eventId: 'e1', jobId: 'root', route: 'other' }),
      ];
      const settlement = settlementOf(1, {
        result: { text: 'x'.repeat(1_000) },
        statePatch: { n: 1 },
        events: [{ event, drafts, decisions }],
        decisions: [decisionOf({ code: 'job_orphaned', jobId: 'root', route: null })],
      });
      await runToEnd(store, 'root', settlement);
      const asked = 'child';
      const { jobs, events, totals, moreEvents } = await store.read.trace({ roots: ['root'], asked, limit: 10 });
      assert.deepEqual(
        jobs.map(({ job, attempts, decisions: own }) => [job.id, attempts.length, own.map(({ code }) => code)]),
        [
          ['root', 1, ['job_orphaned']],
          ['child', 0, []],
        ],
      );
      const [root] = jobs;
      assert.deepEqual(root?.attempts, [
        {
          attempt: 1,
          outcome: 'succeeded',
          startedAt: T0,
          endedAt: T0 + 5,
          error: null,
          retryAt: null,
          stateVersion: 1,
        },
      ]);
      assert.deepEqual([root?.result?.text.length, root?.result?.bytes], [300, 1_011]);
      assert.deepEqual(
        events.map(({ id, decisions: own }) => [id, own.map(({ code, route }) => [code, route])]),
        [
          [
            'e1',
            [
              ['route_taken', 'r'],
              ['route_condition_false', 'other'],
            ],
          ],
        ],
      );
      const byStatus = { succeeded: 1, queued: 1 };
      assert.deepEqual(totals, { byStatus, attempts: 1, startedAt: T0, endedAt: null, capped: false });
      assert.equal(moreEvents, false);
    },
  );

  withStore(
    'of a large lineage the asked job with its way and those that ended badly are shown first',
    async (store) => {
      await syncInstances(store, [{ ...instanceOf('alpha'), cap: 1_000 }]);
      const chain = (id: string, parentJobId: string) => draftOf(id, { ...ROOT, parentJobId });
      const leaves = Array.from({ length: 200 }, (_, index) => chain(`leaf${index}`, 'root'));
      await store.commit({ kind: 'enqueue', drafts: [draftOf('root'), ...leaves] });
      await store.commit({
        kind: 'enqueue',
        drafts: [chain('deep', 'leaf190'), chain('deeper', 'deep'), chain('bad', 'leaf180')],
      });
      await runToEnd(store, 'bad', failure(1));
      const { jobs, totals } = await store.read.trace({ roots: ['root'], asked: 'deep', limit: 10 });
      assert.deepEqual(
        jobs.map(({ job }) => job.id),
        ['root', 'leaf0', 'leaf1', 'leaf2', 'leaf3', 'leaf180', 'leaf190', 'deep', 'deeper', 'bad'],
      );
      assert.deepEqual(totals.byStatus, { queued: 203, failed: 1 });
      assert.equal((await store.read.trace({ roots: [], asked: null, limit: 8 })).jobs.length, 0);
    },
  );

  withStore('the slot that made a job, and the jobs that an event made, are found', async (store) => {
    await syncInstances(store, [instanceOf('alpha')]);
    const schedule = { instance: 'alpha', id: 'nightly' };
    await store.commit({ kind: 'sync', instances: [], schedules: [{ ...schedule, hash: 'h' }], at: T0 - 10 });
    const draft = draftOf('slotted', { submittedBy: 'scheduler:alpha/nightly' });
    await store.commit({ kind: 'fire_slot', schedule, slotAt: T0 - 5, draft, decisions: [], probe: false });
    const origin = await store.read.origin({ jobId: 'slotted', eventId: null });
    assert.deepEqual(origin, { slotAt: T0 - 5, delivery: null });
    const drafts = ['x', 'y'].map((id) => draftOf(id, { sourceEventId: 'out' }));
    await store.commit({ kind: 'emit', routed: { event: eventOf('out'), drafts, decisions: [] } });
    assert.deepEqual(await store.read.caused('out'), ['x', 'y']);
    assert.deepEqual(await store.read.origin({ jobId: null, eventId: 'out' }), { slotAt: null, delivery: null });
  });

  withStore(
    'every change of a status is told once, in order, with the end of the attempt that made it',
    async (store) => {
      await syncInstances(store, [instanceOf('alpha')]);
      const { newest } = await store.read.changesKept();
      await store.commit({ kind: 'enqueue', drafts: [draftOf('a')] });
      await runToEnd(store, 'a', failure(1, { attempt: { ...attemptOf(1), outcome: 'failed' } }));
      await store.commit({ kind: 'retry', jobId: 'a', at: T0 });
      await store.commit({ kind: 'cancel', jobId: 'a', at: T0 + 9, routed: null });
      assert.deepEqual(await statuses(store, newest), [
        'null queued 0 -',
        'queued running 1 -',
        'running failed 1 failed',
        'failed queued 1 -',
        'queued cancelled 1 -',
      ]);
      const kept = await store.read.changesKept();
      const none = await store.read.changes({ after: kept.newest, upTo: kept.newest, limit: 5 });
      assert.deepEqual(none, { changes: [], upTo: kept.newest, missed: false });
    },
  );

  withStore('whoever watches is told after each commit that wrote something, until that is ended', async (store) => {
    let told = 0;
    const end = store.watch(() => {
      told += 1;
    });
    await store.commit({ kind: 'enqueue', drafts: [draftOf('a')] });
    assert.equal(told, 1);
    await syncInstances(store, [instanceOf('alpha')]);
    await store.read.job('a');
    assert.equal(told, 2);
    end();
    await store.commit({ kind: 'enqueue', drafts: [draftOf('b')] });
    assert.equal(told, 2);
  });
}

async function statuses(store: Store, after: number): Promise<readonly string[]> {
  const { newest } = await store.read.changesKept();
  const { changes } = await store.read.changes({ after, upTo: newest, limit: 100 });
  return changes.flatMap((change) =>
    change.kind === 'job' ? [`${change.was} ${change.status} ${change.attempt} ${change.ended?.outcome ?? '-'}`] : [],
  );
}
