import assert from 'node:assert/strict';
import {
  claimIds,
  decisionOf,
  draftOf,
  failure,
  instanceOf,
  runToEnd,
  settlementOf,
  syncInstances,
  T0,
  type WithStore,
} from './contract-values.ts';

const PAGE = { limit: 10, cursor: null };

const FIRST_PAGE = { limit: 10, cursor: null };

/** Enqueue, deduplication, cancel, retry and failing what waits. */
export function queueContract(withStore: WithStore): void {
  withStore('a job keeps every field of its draft, also after the store was opened again', async (store, fixture) => {
    const draft = draftOf('a', {
      payload: { text: 'ünïcode \u2028 \0', list: [1, null, { deep: true }], __proto__: 1 },
      priority: -7,
      runAt: T0 + 1,
      dedupeKey: 'key',
      submittedBy: 'api:token',
      timeoutMs: 1_000,
      fromCore: true,
      depth: 3,
    });
    await store.commit({ kind: 'enqueue', drafts: [draft] });
    const { dedupeWindowMs: _, ...fields } = draft;
    const again = await fixture.reopen();
    assert.deepEqual(await again.read.job('a'), {
      ...fields,
      status: 'queued',
      attempt: 0,
      attemptsUsed: 0,
      orphans: 0,
      uncleanEnds: 0,
      suspect: false,
      leaseExpiresAt: null,
      owner: null,
      startedAt: null,
      completedAt: null,
      result: null,
      lastError: null,
    });
  });

  withStore(
    'a draft whose key an active job holds is absorbed, and a flood of them is one counted decision',
    async (store) => {
      await store.commit({ kind: 'enqueue', drafts: [draftOf('a', { dedupeKey: 'k' })] });
      for (const id of ['b', 'c', 'd']) {
        const [admission] = await store.commit({
          kind: 'enqueue',
          drafts: [draftOf(id, { dedupeKey: 'k', createdAt: T0 + 999_999_999 })],
        });
        assert.deepEqual(admission, { kind: 'duplicate', jobId: 'a', status: 'queued', payloadDiffers: true });
      }
      const { items } = await store.read.decisions({ jobId: 'a' }, FIRST_PAGE);
      assert.deepEqual(
        items.map(({ code, count, firstAt }) => ({ code, count, firstAt })),
        [{ code: 'job_duplicate', count: 3, firstAt: T0 + 999_999_999 }],
      );
    },
  );

  withStore('the same payload in another key order does not differ', async (store) => {
    const drafts = [
      draftOf('a', { dedupeKey: 'k', payload: { x: 1, y: 2 } }),
      draftOf('b', { dedupeKey: 'k', payload: { y: 2, x: 1 } }),
    ];
    const admissions = await store.commit({ kind: 'enqueue', drafts });
    assert.deepEqual(admissions[1], { kind: 'duplicate', jobId: 'a', status: 'queued', payloadDiffers: false });
  });

  withStore('a key belongs to one command of one instance', async (store) => {
    const drafts = [
      draftOf('a', { dedupeKey: 'k' }),
      draftOf('b', { dedupeKey: 'k', command: 'poll' }),
      draftOf('c', { dedupeKey: 'k', instance: 'beta' }),
    ];
    const admissions = await store.commit({ kind: 'enqueue', drafts });
    assert.deepEqual(new Set(admissions.map(({ kind }) => kind)), new Set(['admitted']));
  });

  withStore('a succeeded job absorbs until its window after created_at is over', async (store) => {
    await syncInstances(store, [instanceOf('alpha')]);
    await store.commit({ kind: 'enqueue', drafts: [draftOf('a', { dedupeKey: 'k', dedupeWindowMs: 1_000 })] });
    await runToEnd(store, 'a', settlementOf(1));
    const enqueueAt = async (id: string, createdAt: number) => {
      const [admission] = await store.commit({
        kind: 'enqueue',
        drafts: [draftOf(id, { dedupeKey: 'k', dedupeWindowMs: 1_000, createdAt })],
      });
      return admission?.kind;
    };
    assert.equal(await enqueueAt('b', T0 + 999), 'duplicate');
    assert.equal(await enqueueAt('c', T0 + 1_000), 'admitted');
  });

  withStore('a cancellation records its reason with the job, unless there was nothing to cancel', async (store) => {
    await syncInstances(store, [instanceOf('alpha')]);
    await store.commit({ kind: 'enqueue', drafts: [draftOf('a')] });
    const decision = decisionOf({ code: 'instance_removed', jobId: 'a' });
    await store.commit({ kind: 'cancel', jobId: 'a', at: T0, routed: null, decision });
    await store.commit({ kind: 'cancel', jobId: 'a', at: T0, routed: null, decision });
    const { items } = await store.read.decisions({ jobId: 'a' }, PAGE);
    assert.deepEqual(
      items.map(({ code }) => code),
      ['instance_removed'],
    );
  });

  withStore('decisions are recorded by themselves', async (store) => {
    await syncInstances(store, [instanceOf('alpha')]);
    await store.commit({ kind: 'enqueue', drafts: [draftOf('a')] });
    await store.commit({ kind: 'record', decisions: [decisionOf({ code: 'instance_removed', jobId: 'a' })] });
    const { items } = await store.read.decisions({ jobId: 'a' }, PAGE);
    assert.equal(items[0]?.code, 'instance_removed');
    assert.equal((await store.read.job('a'))?.status, 'queued');
  });

  withStore('failed and cancelled jobs never absorb', async (store) => {
    await syncInstances(store, [instanceOf('alpha')]);
    await store.commit({ kind: 'enqueue', drafts: [draftOf('a', { dedupeKey: 'k' })] });
    await runToEnd(store, 'a', failure(1));
    const [second] = await store.commit({ kind: 'enqueue', drafts: [draftOf('b', { dedupeKey: 'k' })] });
    assert.equal(second?.kind, 'admitted');
    assert.deepEqual(await store.commit({ kind: 'cancel', jobId: 'b', at: T0, routed: null }), {
      kind: 'cancelled',
      lineageDone: true,
    });
    const [third] = await store.commit({ kind: 'enqueue', drafts: [draftOf('c', { dedupeKey: 'k' })] });
    assert.equal(third?.kind, 'admitted');
    assert.deepEqual(await store.commit({ kind: 'retry', jobId: 'a', at: T0 }), { kind: 'duplicate_active' });
  });

  withStore(
    'a retried job keeps its history and idempotency key, starts counting anew and takes its key again',
    async (store) => {
      await syncInstances(store, [instanceOf('alpha')]);
      await store.commit({ kind: 'enqueue', drafts: [draftOf('a', { dedupeKey: 'k' })] });
      await runToEnd(store, 'a', failure(1, { attemptsUsed: 1, orphans: 3, result: { partial: true } }));
      assert.deepEqual(await store.commit({ kind: 'retry', jobId: 'a', at: T0 + 50 }), { kind: 'queued' });
      const job = await store.read.job('a');
      assert.deepEqual(
        [job?.status, job?.attempt, job?.attemptsUsed, job?.orphans, job?.runAt, job?.completedAt, job?.idempotencyKey],
        ['queued', 1, 0, 0, T0 + 50, null, 'effect-a'],
      );
      assert.equal(job?.result, null);
      const [absorbed] = await store.commit({ kind: 'enqueue', drafts: [draftOf('b', { dedupeKey: 'k' })] });
      assert.equal(absorbed?.kind, 'duplicate');
      assert.deepEqual(await claimIds(store, { now: T0 + 50 }), ['a']);
      assert.equal((await store.read.job('a'))?.attempt, 2);
    },
  );

  withStore('a retried job that ends badly leaves its key to one that succeeded meanwhile', async (store) => {
    const keyed = (id: string) => draftOf(id, { dedupeKey: 'k', dedupeWindowMs: 1_000 });
    await syncInstances(store, [instanceOf('alpha')]);
    await store.commit({ kind: 'enqueue', drafts: [keyed('a')] });
    await runToEnd(store, 'a', failure(1));
    await store.commit({ kind: 'enqueue', drafts: [keyed('b')] });
    await runToEnd(store, 'b', settlementOf(1));
    assert.deepEqual(await store.commit({ kind: 'retry', jobId: 'a', at: T0 }), { kind: 'queued' });
    const [meanwhile] = await store.commit({ kind: 'enqueue', drafts: [keyed('c')] });
    assert.equal(meanwhile?.kind === 'duplicate' && meanwhile.jobId, 'a');
    await runToEnd(store, 'a', failure(2));
    const [within] = await store.commit({ kind: 'enqueue', drafts: [keyed('d')] });
    assert.equal(within?.kind === 'duplicate' && within.jobId, 'b');
    const [beyond] = await store.commit({ kind: 'enqueue', drafts: [{ ...keyed('e'), createdAt: T0 + 1_000 }] });
    assert.equal(beyond?.kind, 'admitted');
  });

  withStore('retrying a queued job makes it due, a running or succeeded one stays as it is', async (store) => {
    await syncInstances(store, [instanceOf('alpha')]);
    await store.commit({ kind: 'enqueue', drafts: [draftOf('a', { runAt: T0 + 60_000 })] });
    assert.deepEqual(await claimIds(store), []);
    assert.deepEqual(await store.commit({ kind: 'retry', jobId: 'a', at: T0 }), { kind: 'queued' });
    assert.deepEqual(await claimIds(store), ['a']);
    assert.deepEqual(await store.commit({ kind: 'retry', jobId: 'a', at: T0 }), { kind: 'running' });
    assert.deepEqual(await store.commit({ kind: 'cancel', jobId: 'a', at: T0, routed: null }), {
      kind: 'running',
      lineageDone: false,
    });
    await store.commit({ kind: 'finish', jobId: 'a', attempt: 1, settlement: settlementOf(1) });
    assert.deepEqual(await store.commit({ kind: 'retry', jobId: 'a', at: T0 }), { kind: 'succeeded' });
    assert.deepEqual(await store.commit({ kind: 'cancel', jobId: 'a', at: T0, routed: null }), {
      kind: 'terminal',
      lineageDone: true,
    });
    assert.deepEqual(await store.commit({ kind: 'retry', jobId: 'nobody', at: T0 }), { kind: 'unknown' });
    assert.deepEqual(await store.commit({ kind: 'cancel', jobId: 'nobody', at: T0, routed: null }), {
      kind: 'unknown',
      lineageDone: false,
    });
  });

  withStore('a queued job that can never run fails with its reason and a decision', async (store) => {
    await store.commit({ kind: 'enqueue', drafts: [draftOf('a', { dedupeKey: 'k' })] });
    const error = { code: 'plugin_missing', message: 'gone' };
    const decision = decisionOf({ code: 'plugin_missing', jobId: 'a' });
    const command = { kind: 'fail_queued', jobId: 'a', error, at: T0 + 9, decision, routed: null } as const;
    assert.deepEqual(await store.commit(command), { kind: 'failed' });
    assert.deepEqual(await store.commit(command), { kind: 'not_queued' });
    const job = await store.read.job('a');
    assert.deepEqual([job?.status, job?.lastError, job?.completedAt], ['failed', error, T0 + 9]);
    assert.equal((await store.read.decisions({ jobId: 'a' }, FIRST_PAGE)).items.length, 1);
    const [admission] = await store.commit({ kind: 'enqueue', drafts: [draftOf('b', { dedupeKey: 'k' })] });
    assert.equal(admission?.kind, 'admitted');
  });

  withStore('a command that fails leaves the commands beside it unharmed', async (store) => {
    await store.commit({ kind: 'enqueue', drafts: [draftOf('taken')] });
    const results = await Promise.allSettled(
      ['a', 'taken', 'b'].map((id) =>
        store.commit({ kind: 'enqueue', drafts: [draftOf(`${id}-before`), draftOf(id)] }),
      ),
    );
    assert.deepEqual(
      results.map(({ status }) => status),
      ['fulfilled', 'rejected', 'fulfilled'],
    );
    const { items } = await store.read.jobs({ status: null, instance: null, since: null }, FIRST_PAGE);
    assert.deepEqual(items.map(({ id }) => id).toSorted(), ['a', 'a-before', 'b', 'b-before', 'taken']);
  });
}
