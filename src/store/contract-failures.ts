import assert from 'node:assert/strict';
import { MOST_GROUPS, MOST_IDS } from '../domain/failure-message.ts';
import type { JobDraft } from '../domain/job.ts';
import {
  decisionOf,
  draftOf,
  failure,
  instanceOf,
  runToEnd,
  settlementOf,
  T0,
  type WithStore,
} from './contract-values.ts';
import type { Store } from './port.ts';

/** Failures that wait for a message: what is noted, how it is grouped, and that each is told once. */
export function failureContract(withStore: WithStore): void {
  withStore('nothing is noted while nobody is to be told, and what was is forgotten then', async (store) => {
    await watch(store, false);
    await fail(store, 'a');
    assert.equal(await store.read.untoldFailures(), null);
    await watch(store, true);
    await fail(store, 'b');
    assert.deepEqual((await store.read.untoldFailures())?.jobIds, ['b']);
    await watch(store, true);
    assert.deepEqual((await store.read.untoldFailures())?.jobIds, ['b']);
    await watch(store, false);
    assert.equal(await store.read.untoldFailures(), null);
  });

  withStore('what ended badly is grouped by instance, command and error, the most frequent first', async (store) => {
    await watch(store, true);
    await fail(store, 'a', { command: 'poll' });
    for (let n = 0; n < MOST_IDS + 5; n += 1) await fail(store, `job-${n}`);
    await store.commit({ kind: 'enqueue', drafts: [draftOf('good')] });
    await runToEnd(store, 'good', settlementOf(1));
    const untold = await store.read.untoldFailures();
    assert.deepEqual(
      untold?.groups.map(({ kind, instance, command, count }) => [kind, instance, command, count]),
      [
        ['failed', 'alpha', draftOf('x').command, MOST_IDS + 5],
        ['failed', 'alpha', 'poll', 1],
      ],
    );
    assert.deepEqual([untold?.count, untold?.groupCount, untold?.jobIds.length], [MOST_IDS + 6, 2, MOST_IDS]);
    assert.equal(untold?.jobIds[0], 'a');
  });

  withStore('breakers and expectations are noted with what was said of them', async (store) => {
    await watch(store, true);
    const said = ['one', 'two', 'one'].map((text) => ({ ...decisionOf(), code: 'expectation_missed' as const, text }));
    await store.commit({ kind: 'record', decisions: [...said, { ...decisionOf(), code: 'breaker_closed' }] });
    const untold = await store.read.untoldFailures();
    assert.deepEqual(
      untold?.groups.map(({ kind, message, count }) => [kind, message, count]),
      [
        ['expectation_missed', 'one', 2],
        ['expectation_missed', 'two', 1],
      ],
    );
    assert.deepEqual(untold?.jobIds, []);
  });

  withStore('a message names a bounded number of groups, and counts the others', async (store) => {
    await watch(store, true);
    const decisions = Array.from({ length: MOST_GROUPS + 3 }, (_, n) => {
      return { ...decisionOf(), code: 'expectation_missed' as const, text: `number ${n}` };
    });
    await store.commit({ kind: 'record', decisions });
    const untold = await store.read.untoldFailures();
    assert.deepEqual([untold?.groups.length, untold?.groupCount], [MOST_GROUPS, MOST_GROUPS + 3]);
  });

  withStore('a message takes what it is about, once, and leaves what came later', async (store) => {
    await watch(store, true);
    await fail(store, 'a');
    const { upTo = 0 } = (await store.read.untoldFailures()) ?? {};
    await fail(store, 'b');
    const told = (id: string) => {
      const draft = draftOf(id, { fromCore: true });
      return store.commit({ kind: 'tell_failures', upTo, draft, decisions: [], at: T0 + 50 });
    };
    assert.deepEqual(await told('message'), { kind: 'told' });
    assert.deepEqual(await told('again'), { kind: 'stale' });
    assert.equal(await store.read.job('again'), null);
    assert.equal((await store.read.job('message'))?.status, 'queued');
    const left = await store.read.untoldFailures();
    assert.deepEqual([left?.jobIds, left?.toldAt], [['b'], T0 + 50]);
    await fail(store, 'c', { fromCore: true });
    assert.deepEqual((await store.read.untoldFailures())?.jobIds, ['b']);
  });

  withStore('what nobody is told of leaves a decision and no time of a message', async (store) => {
    await watch(store, true);
    await fail(store, 'a');
    const { upTo = 0 } = (await store.read.untoldFailures()) ?? {};
    await store.commit({ kind: 'tell_failures', upTo, draft: null, decisions: [decisionOf()], at: T0 });
    assert.equal((await store.read.decisions({}, { limit: 9, cursor: null })).items.length, 1);
    await fail(store, 'b');
    assert.equal((await store.read.untoldFailures())?.toldAt, null);
  });
}

function watch(store: Store, watchesFailures: boolean): Promise<null> {
  return store.commit({ kind: 'sync', instances: [instanceOf('alpha')], schedules: [], watchesFailures, at: T0 });
}

async function fail(store: Store, id: string, change: Partial<JobDraft> = {}): Promise<void> {
  await store.commit({ kind: 'enqueue', drafts: [draftOf(id, change)] });
  await runToEnd(store, id, failure(1));
}
