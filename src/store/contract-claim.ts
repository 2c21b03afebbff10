import assert from 'node:assert/strict';
import {
  attemptOf,
  claimIds,
  draftOf,
  eventOf,
  instanceOf,
  request,
  retryLater,
  settlementOf,
  syncInstances,
  T0,
  type WithStore,
} from './contract-values.ts';

/** What may be claimed, in which order, with what, and what is said when nothing may. */
export function claimContract(withStore: WithStore): void {
  withStore('a payload of null is a payload', async (store) => {
    await syncInstances(store, [instanceOf('alpha')]);
    await store.commit({ kind: 'enqueue', drafts: [draftOf('a', { payload: null })] });
    const { jobs } = await store.claim(request());
    assert.deepEqual(
      jobs.map(({ job }) => job.payload),
      [null],
    );
  });

  withStore('due jobs are claimed by priority, then due time, then admission', async (store) => {
    await syncInstances(store, [instanceOf('alpha'), instanceOf('beta')]);
    const drafts = [
      draftOf('late', { runAt: T0 - 1 }),
      draftOf('early', { runAt: T0 - 2, instance: 'beta' }),
      draftOf('urgent', { priority: 1 }),
      draftOf('late-too', { runAt: T0 - 1, instance: 'beta' }),
      draftOf('future', { priority: 100, runAt: T0 + 1 }),
    ];
    await store.commit({ kind: 'enqueue', drafts });
    assert.deepEqual(await claimIds(store, { slots: 10 }), ['urgent', 'early', 'late', 'late-too']);
    assert.deepEqual(await claimIds(store, { slots: 10, now: T0 + 1 }), ['future']);
  });

  withStore('a claim brings the state, the source event and how earlier attempts ended', async (store) => {
    await syncInstances(store, [instanceOf('alpha')]);
    const event = eventOf('e');
    const draft = draftOf('a', { sourceEventId: 'e' });
    await store.commit({ kind: 'emit', routed: { event, drafts: [draft], decisions: [] } });
    const [first] = (await store.claim(request({ leaseMs: 5_000 }))).jobs;
    assert.deepEqual([first?.state, first?.stateVersion, first?.previousAttempts], [{}, 0, []]);
    assert.deepEqual(first?.event, event);
    assert.deepEqual([first?.job.startedAt, first?.job.leaseExpiresAt], [T0, T0 + 5_000]);
    const settlement = { ...retryLater(1, T0 + 10), statePatch: { cursor: 7 } };
    await store.commit({ kind: 'finish', jobId: 'a', attempt: 1, settlement });
    const [second] = (await store.claim(request({ now: T0 + 10 }))).jobs;
    assert.deepEqual(second?.previousAttempts, [
      { attempt: 1, outcome: 'failed', error: { code: 'unavailable', message: 'not now' } },
    ]);
    assert.deepEqual([second?.state, second?.stateVersion, second?.job.attempt], [{ cursor: 7 }, 1, 2]);
    const [running] = await store.read.running();
    assert.deepEqual(running, second);
  });

  withStore('an instance at its cap holds its jobs and no others', async (store) => {
    await syncInstances(store, [instanceOf('alpha', { cap: 1 }), instanceOf('beta', { cap: 0 }), instanceOf('gamma')]);
    const drafts = ['alpha', 'alpha', 'beta', 'gamma'].map((instance, index) =>
      draftOf(`${instance}${index}`, { instance }),
    );
    await store.commit({ kind: 'enqueue', drafts });
    assert.deepEqual(await claimIds(store, { slots: 10 }), ['alpha0', 'gamma3']);
    assert.deepEqual(await store.claim(request()), {
      jobs: [],
      nextAt: null,
      held: [
        { instance: 'alpha', reason: 'cap', until: null },
        { instance: 'beta', reason: 'cap', until: null },
      ],
    });
    await store.commit({ kind: 'finish', jobId: 'alpha0', attempt: 1, settlement: settlementOf(1) });
    assert.deepEqual(await claimIds(store, { slots: 10 }), ['alpha1']);
  });

  withStore('a rate limit lets a burst of its count start, then spreads the rest evenly', async (store) => {
    await syncInstances(store, [instanceOf('alpha', { rateLimit: { count: 2, perMs: 1_000 } })]);
    await store.commit({ kind: 'enqueue', drafts: ['a', 'b', 'c', 'd'].map((id) => draftOf(id)) });
    assert.deepEqual(await claimIds(store, { slots: 10 }), ['a', 'b']);
    const waiting = await store.claim(request({ now: T0 + 499 }));
    assert.deepEqual(waiting, {
      jobs: [],
      nextAt: T0 + 500,
      held: [{ instance: 'alpha', reason: 'rate', until: T0 + 500 }],
    });
    assert.deepEqual(await claimIds(store, { slots: 10, now: T0 + 500 }), ['c']);
    assert.deepEqual(await claimIds(store, { slots: 10, now: T0 + 1_000 }), ['d']);
  });

  withStore('a rate limit does not hold jobs for longer when the clock was turned back', async (store) => {
    await syncInstances(store, [instanceOf('alpha', { rateLimit: { count: 1, perMs: 1_000 } })]);
    await store.commit({ kind: 'enqueue', drafts: [draftOf('a'), draftOf('b'), draftOf('c')] });
    assert.deepEqual(await claimIds(store, { slots: 10, now: T0 + 86_400_000 }), ['a']);
    assert.deepEqual(await claimIds(store, { slots: 10, now: T0 }), ['b']);
    assert.deepEqual(await claimIds(store, { slots: 10, now: T0 + 1_000 }), ['c']);
  });

  withStore('nothing due: the claim tells when the next job is', async (store) => {
    await syncInstances(store, [instanceOf('alpha')]);
    assert.deepEqual(await store.claim(request()), { jobs: [], nextAt: null, held: [] });
    const drafts = [draftOf('a', { runAt: T0 + 900 }), draftOf('b', { runAt: T0 + 400 })];
    await store.commit({ kind: 'enqueue', drafts });
    assert.deepEqual(await store.claim(request()), { jobs: [], nextAt: T0 + 400, held: [] });
  });

  withStore('jobs of instances that no sync named are stranded, not claimed, until one names them', async (store) => {
    await syncInstances(store, [instanceOf('alpha')]);
    const drafts = [
      draftOf('lost', { instance: 'gone' }),
      draftOf('later', { instance: 'gone', runAt: T0 + 500 }),
      draftOf('a', { priority: -1 }),
    ];
    await store.commit({ kind: 'enqueue', drafts });
    assert.deepEqual(await claimIds(store, { slots: 10 }), ['a']);
    assert.deepEqual((await store.read.stranded(10)).map(({ id }) => id).toSorted(), ['later', 'lost']);
    assert.equal((await store.read.stranded(1)).length, 1);
    await syncInstances(store, [instanceOf('gone')]);
    assert.deepEqual(await store.read.stranded(10), []);
    assert.deepEqual(await claimIds(store, { slots: 10 }), ['lost']);
  });

  withStore('a claim of one job passes over all others, but not over what holds it', async (store) => {
    await syncInstances(store, [instanceOf('alpha', { cap: 1 })]);
    const drafts = [draftOf('a', { priority: 9 }), draftOf('b'), draftOf('c', { runAt: T0 + 300 })];
    await store.commit({ kind: 'enqueue', drafts });
    assert.deepEqual(await store.claim(request({ only: 'c' })), { jobs: [], nextAt: T0 + 300, held: [] });
    assert.deepEqual(await claimIds(store, { only: 'b', slots: 4 }), ['b']);
    assert.deepEqual(await claimIds(store, { only: 'b' }), []);
    const held = [{ instance: 'alpha', reason: 'cap', until: null }];
    assert.deepEqual(await store.claim(request({ only: 'a' })), { jobs: [], nextAt: null, held });
    await store.commit({ kind: 'finish', jobId: 'b', attempt: 1, settlement: settlementOf(1) });
    assert.deepEqual(await claimIds(store, { only: 'c', now: T0 + 300 }), ['c']);
    assert.deepEqual(await claimIds(store, { only: 'nobody' }), []);
  });

  withStore('more delayed jobs than one batch become claimable together', async (store) => {
    await syncInstances(store, [instanceOf('alpha', { cap: 0 }), instanceOf('beta')]);
    const drafts = Array.from({ length: 1_200 }, (_, index) =>
      draftOf(`job${index}`, { runAt: T0 + 1 + index, instance: index === 1_199 ? 'beta' : 'alpha' }),
    );
    await store.commit({ kind: 'enqueue', drafts });
    assert.deepEqual(await claimIds(store, { now: T0 + 5_000 }), ['job1199']);
    assert.equal((await store.claim(request({ now: T0 + 5_000 }))).nextAt, null);
  });

  withStore('an attempt that was released does not count as used and is due again at once', async (store) => {
    await syncInstances(store, [instanceOf('alpha')]);
    await store.commit({ kind: 'enqueue', drafts: [draftOf('a')] });
    await store.claim(request());
    const attempt = attemptOf(1, { outcome: 'orphaned', endedAt: T0 });
    const settlement = { ...retryLater(1, T0), attemptsUsed: 0, orphans: 1, attempt };
    await store.commit({ kind: 'finish', jobId: 'a', attempt: 1, settlement });
    const [again] = (await store.claim(request())).jobs;
    assert.deepEqual([again?.job.attempt, again?.job.attemptsUsed, again?.job.orphans], [2, 0, 1]);
  });
}
