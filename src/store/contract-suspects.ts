import assert from 'node:assert/strict';
import {
  attemptOf,
  claimIds,
  draftOf,
  instanceOf,
  request,
  retryLater,
  settlementOf,
  syncInstances,
  T0,
  type WithStore,
} from './contract-values.ts';
import type { Store } from './port.ts';

/** The gateway ends under whatever runs, and the next one settles it; what was running at two ends in a row is a suspect. */
async function endGateway(store: Store): Promise<void> {
  await store.commit({ kind: 'unclean_end' });
  for (const { job } of await store.read.running()) {
    const { id, attempt, orphans, uncleanEnds } = job;
    const settlement = {
      ...retryLater(attempt, T0),
      attemptsUsed: 0,
      orphans: orphans + 1,
      uncleanEnds,
      suspect: uncleanEnds > 1,
      attempt: attemptOf(attempt, { outcome: 'orphaned', endedAt: T0 }),
    };
    await store.commit({ kind: 'finish', jobId: id, attempt, settlement });
  }
}

/** Enqueues jobs of `alpha` and makes them suspects. */
async function makeSuspects(store: Store, ids: readonly string[]): Promise<void> {
  await store.commit({ kind: 'enqueue', drafts: ids.map((id) => draftOf(id)) });
  for (let end = 1; end <= 2; end += 1) {
    assert.deepEqual(await claimIds(store, { slots: ids.length }), ids);
    await endGateway(store);
  }
}

async function standing(store: Store, id: string): Promise<readonly unknown[]> {
  const job = await store.read.job(id);
  return [job?.uncleanEnds, job?.suspect];
}

/** Which jobs come under suspicion, how they run, and what they hold up meanwhile. */
export function suspectContract(withStore: WithStore): void {
  withStore('an end counts for what was running, each attempt once, and clears what was waiting', async (store) => {
    await syncInstances(store, [instanceOf('alpha')]);
    await store.commit({ kind: 'enqueue', drafts: ['a', 'b', 'c'].map((id) => draftOf(id)) });
    assert.deepEqual(await claimIds(store, { slots: 2 }), ['a', 'b']);
    await endGateway(store);
    assert.deepEqual(await Promise.all(['a', 'b', 'c'].map((id) => standing(store, id))), [
      [1, false],
      [1, false],
      [0, false],
    ]);
    await claimIds(store, { only: 'a' });
    await claimIds(store, { only: 'c' });
    // The next gateway ended before it had settled anything.
    await store.commit({ kind: 'unclean_end' });
    await endGateway(store);
    assert.deepEqual(await Promise.all(['a', 'b', 'c'].map((id) => standing(store, id))), [
      [2, true],
      [0, false],
      [1, false],
    ]);
    // Without anything running it was no end to count.
    await endGateway(store);
    assert.deepEqual(await standing(store, 'c'), [1, false]);
  });

  withStore('suspects run after the others, one at a time, and nothing starts beside them', async (store, fixture) => {
    await syncInstances(store, [instanceOf('alpha'), instanceOf('beta')]);
    await makeSuspects(store, ['s', 't']);
    const others = [draftOf('a', { priority: -9 }), draftOf('b', { instance: 'beta' })];
    await store.commit({ kind: 'enqueue', drafts: others });
    const reopened = await fixture.reopen();
    assert.equal(await reopened.read.queued(10), 4);
    assert.deepEqual(await claimIds(reopened, { slots: 9 }), ['b', 'a']);
    const waits = { instance: 'alpha', reason: 'suspect_waits', until: null };
    assert.deepEqual(await reopened.claim(request()), { jobs: [], nextAt: null, held: [waits] });
    await reopened.commit({ kind: 'finish', jobId: 'a', attempt: 1, settlement: settlementOf(1) });
    assert.deepEqual(await claimIds(reopened), []);
    await reopened.commit({ kind: 'finish', jobId: 'b', attempt: 1, settlement: settlementOf(1) });

    const alone = await reopened.claim(request({ slots: 9 }));
    assert.deepEqual(
      alone.jobs.map(({ job }) => [job.id, job.suspect]),
      [['s', true]],
    );
    await reopened.commit({ kind: 'enqueue', drafts: [draftOf('late', { instance: 'beta', priority: 100 })] });
    const runs = { instance: 'beta', reason: 'suspect_runs', until: null };
    assert.deepEqual(await reopened.claim(request({ slots: 9 })), { jobs: [], nextAt: null, held: [waits, runs] });
    const { items } = await reopened.read.decisions({ jobId: 's' }, { limit: 5, cursor: null });
    assert.deepEqual(
      items.map(({ code }) => code),
      ['suspect_runs'],
    );
    await reopened.commit({ kind: 'finish', jobId: 's', attempt: 3, settlement: settlementOf(3) });
    assert.deepEqual(await claimIds(reopened, { slots: 9 }), ['late']);
    await reopened.commit({ kind: 'finish', jobId: 'late', attempt: 1, settlement: settlementOf(1) });
    assert.deepEqual(await claimIds(reopened, { slots: 9 }), ['t']);
  });

  withStore('jobs that cannot start now do not keep a suspect waiting', async (store) => {
    const limited = instanceOf('gamma', { rateLimit: { count: 1, perMs: 1_000 } });
    await syncInstances(store, [instanceOf('alpha'), instanceOf('beta', { cap: 0 }), limited]);
    await makeSuspects(store, ['s']);
    const drafts = [
      draftOf('capped', { instance: 'beta' }),
      draftOf('spends', { instance: 'gamma' }),
      draftOf('limited', { instance: 'gamma' }),
      draftOf('later', { priority: 9, runAt: T0 + 500 }),
    ];
    await store.commit({ kind: 'enqueue', drafts });
    assert.deepEqual(await claimIds(store), ['spends']);
    await store.commit({ kind: 'finish', jobId: 'spends', attempt: 1, settlement: settlementOf(1) });
    assert.deepEqual(await claimIds(store, { slots: 9 }), ['s']);
    assert.deepEqual(
      (await store.claim(request({ slots: 9 }))).held.map(({ instance, reason }) => [instance, reason]),
      [
        ['beta', 'suspect_runs'],
        ['gamma', 'suspect_runs'],
      ],
    );
  });

  withStore('a suspect keeps to the limits of its own instance, and others do not wait for it', async (store) => {
    await syncInstances(store, [instanceOf('alpha'), instanceOf('beta')]);
    await makeSuspects(store, ['s']);
    await syncInstances(store, [instanceOf('alpha', { cap: 0 }), instanceOf('beta')]);
    const held = [{ instance: 'alpha', reason: 'cap', until: null }];
    assert.deepEqual(await store.claim(request()), { jobs: [], nextAt: null, held });
    await store.commit({ kind: 'enqueue', drafts: [draftOf('b', { instance: 'beta' })] });
    assert.deepEqual(await claimIds(store, { slots: 9 }), ['b']);
  });

  withStore('a claim of one job respects that a suspect runs alone', async (store) => {
    await syncInstances(store, [instanceOf('alpha')]);
    await makeSuspects(store, ['s']);
    await store.commit({ kind: 'enqueue', drafts: [draftOf('a'), draftOf('b')] });
    await claimIds(store, { only: 'a' });
    const waits = [{ instance: 'alpha', reason: 'suspect_waits', until: null }];
    assert.deepEqual(await store.claim(request({ only: 's' })), { jobs: [], nextAt: null, held: waits });
    await store.commit({ kind: 'finish', jobId: 'a', attempt: 1, settlement: settlementOf(1) });
    assert.deepEqual(await claimIds(store, { only: 's' }), ['s']);
    const runs = [{ instance: 'alpha', reason: 'suspect_runs', until: null }];
    assert.deepEqual(await store.claim(request({ only: 'b' })), { jobs: [], nextAt: null, held: runs });
  });

  withStore('an operator who retries or cancels a suspect ends the suspicion', async (store) => {
    await syncInstances(store, [instanceOf('alpha')]);
    await makeSuspects(store, ['s', 't']);
    await store.commit({ kind: 'retry', jobId: 's', at: T0 });
    await store.commit({ kind: 'cancel', jobId: 't', at: T0, routed: null });
    assert.deepEqual(await Promise.all(['s', 't'].map((id) => standing(store, id))), [
      [0, false],
      [0, false],
    ]);
    await store.commit({ kind: 'enqueue', drafts: [draftOf('a')] });
    assert.deepEqual(await claimIds(store, { slots: 9 }), ['s', 'a']);
  });
}
