import assert from 'node:assert/strict';
import {
  attemptOf,
  claimIds,
  decisionOf,
  draftOf,
  eventOf,
  failure,
  instanceOf,
  request,
  retryLater,
  settlementOf,
  syncInstances,
  T0,
  type WithStore,
} from './contract-values.ts';
import type { Standing } from './port/instances.ts';
import type { Store } from './port.ts';

const PAUSED = decisionOf({ code: 'instance_paused', route: null, text: 'paused' });
const INIT = { instance: 'alpha', command: 'init', submittedBy: 'core:init' };

function pause(store: Store, instance: string | null, paused: boolean, at = T0) {
  return store.commit({ kind: 'pause', instance, paused, at, decision: PAUSED });
}

function beginInit(store: Store, id: string, hash = 'one') {
  const decision = decisionOf({
    code: 'instance_unhealthy',
    route: null,
    jobId: id,
    collapseKey: 'instance_unhealthy:alpha',
  });
  return store.commit({ kind: 'begin_init', draft: draftOf(id, INIT), hash, decision });
}

async function standingOf(store: Store, name: string): Promise<Standing | undefined> {
  return (await store.read.standings()).instances.find(({ instance }) => instance === name);
}

/** The end of an init: `hash` is what it succeeded with, null that it failed; its event has the id `told`. */
function initEnd(attempt: number, hash: string | null, told: string) {
  const health = {
    initHash: hash,
    decision: decisionOf({ code: hash === null ? 'instance_unhealthy' : 'instance_healthy', route: null }),
    routed: { event: eventOf(told, { type: 'ductile.instance.any', source: 'core' }), drafts: [], decisions: [] },
  };
  return hash === null ? failure(attempt, { health }) : settlementOf(attempt, { health });
}

/** What holds jobs for longer than a limit does: pauses, and instances whose init has not succeeded. */
export function holdsContract(withStore: WithStore): void {
  withStore(
    'a paused instance starts nothing, the others go on, and reopening changes nothing',
    async (store, fixture) => {
      await syncInstances(store, [instanceOf('alpha'), instanceOf('beta')]);
      await store.commit({ kind: 'enqueue', drafts: [draftOf('a'), draftOf('b', { instance: 'beta' })] });
      assert.deepEqual(await pause(store, 'alpha', true), { kind: 'changed' });
      assert.deepEqual(await pause(store, 'alpha', true, T0 + 1), { kind: 'unchanged' });
      assert.deepEqual(await pause(store, 'nobody', true), { kind: 'unknown' });
      assert.deepEqual(await claimIds(store, { slots: 5 }), ['b']);
      const { held, nextAt } = await store.claim(request({ slots: 5 }));
      assert.deepEqual([held, nextAt], [[{ instance: 'alpha', reason: 'paused', until: null }], null]);
      assert.deepEqual((await store.claim(request({ only: 'a' }))).held, held);
      const again = await fixture.reopen();
      await syncInstances(again, [instanceOf('alpha', { cap: 7 }), instanceOf('beta')]);
      assert.equal((await standingOf(again, 'alpha'))?.pausedAt, T0);
      assert.deepEqual(await claimIds(again, { slots: 5 }), []);
      assert.deepEqual(await pause(again, 'alpha', false, T0 + 2), { kind: 'changed' });
      assert.deepEqual(await claimIds(again, { slots: 5 }), ['a']);
      const { items } = await again.read.decisions({ instance: 'alpha' }, { limit: 9, cursor: null });
      assert.equal(items.length, 2);
    },
  );

  withStore('a paused gateway starts nothing, suspects and single jobs included', async (store) => {
    await syncInstances(store, [instanceOf('alpha'), instanceOf('beta')]);
    await store.commit({ kind: 'enqueue', drafts: [draftOf('a'), draftOf('b', { instance: 'beta' })] });
    assert.deepEqual(await claimIds(store, { only: 'b' }), ['b']);
    for (let end = 1; end <= 2; end += 1) {
      await store.commit({ kind: 'unclean_end' });
      const later = retryLater(end, T0);
      const suspect = { attemptsUsed: 0, uncleanEnds: end, suspect: end > 1 };
      await store.commit({ kind: 'finish', jobId: 'b', attempt: end, settlement: { ...later, ...suspect } });
      if (end === 1) await claimIds(store, { only: 'b' });
    }
    assert.deepEqual(await pause(store, null, true), { kind: 'changed' });
    assert.deepEqual(await pause(store, null, true, T0 + 1), { kind: 'unchanged' });
    assert.equal((await store.read.standings()).pausedAt, T0);
    const { jobs, held } = await store.claim(request({ slots: 5 }));
    assert.deepEqual(
      [jobs, held.map(({ instance, reason }) => [instance, reason])],
      [
        [],
        [
          ['alpha', 'paused'],
          ['beta', 'paused'],
        ],
      ],
    );
    assert.deepEqual(await claimIds(store, { only: 'a' }), []);
    assert.deepEqual(await claimIds(store, { only: 'b' }), []);
    await pause(store, null, false);
    assert.deepEqual(await claimIds(store), ['a']);
  });

  withStore(
    'an instance with an init runs nothing before it has succeeded, and does so again when it changed',
    async (store) => {
      const alpha = instanceOf('alpha', { initHash: 'one' });
      await syncInstances(store, [alpha]);
      await store.commit({ kind: 'enqueue', drafts: [draftOf('a', { priority: 100 })] });
      const held = [{ instance: 'alpha', reason: 'unhealthy', until: null }];
      assert.deepEqual((await store.claim(request())).held, held);
      assert.deepEqual((await store.claim(request({ only: 'a' }))).held, held);
      assert.deepEqual(await beginInit(store, 'other', 'two'), { kind: 'not_wanted' });
      assert.deepEqual(await beginInit(store, 'init'), { kind: 'begun' });
      assert.deepEqual(await beginInit(store, 'again'), { kind: 'active' });
      assert.deepEqual(await claimIds(store, { slots: 5 }), ['init']);
      assert.deepEqual(await claimIds(store, { slots: 5 }), []);
      await store.commit({ kind: 'finish', jobId: 'init', attempt: 1, settlement: initEnd(1, 'one', 'healthy-1') });
      assert.equal(await store.read.event('healthy-1'), null);
      assert.deepEqual(await standingOf(store, 'alpha'), {
        instance: 'alpha',
        pausedAt: null,
        unhealthyAt: null,
        initJobId: 'init',
        initTried: 'one',
      });
      assert.deepEqual(await beginInit(store, 'again'), { kind: 'not_wanted' });
      assert.deepEqual(await claimIds(store, { slots: 5 }), ['a']);
      await syncInstances(store, [alpha]);
      assert.equal((await standingOf(store, 'alpha'))?.unhealthyAt, null);
      await syncInstances(store, [{ ...alpha, initHash: 'two' }]);
      assert.equal((await standingOf(store, 'alpha'))?.unhealthyAt, T0);
      await syncInstances(store, [{ ...alpha, initHash: null }]);
      assert.equal((await standingOf(store, 'alpha'))?.unhealthyAt, null);
    },
  );

  withStore('an init that fails is told once, and the success after it', async (store) => {
    await syncInstances(store, [instanceOf('alpha', { initHash: 'one' })]);
    for (const [index, hash] of [null, null, 'one'].entries()) {
      await beginInit(store, `init-${index}`);
      assert.deepEqual(await claimIds(store, { slots: 5 }), [`init-${index}`]);
      const settlement = initEnd(1, hash, `told-${index}`);
      await store.commit({ kind: 'finish', jobId: `init-${index}`, attempt: 1, settlement });
    }
    const told = await Promise.all([0, 1, 2].map((index) => store.read.event(`told-${index}`)));
    assert.deepEqual(
      told.map((event) => event !== null),
      [true, false, true],
    );
  });

  withStore('an init that succeeded with another configuration leaves the present one to do', async (store) => {
    const alpha = instanceOf('alpha', { initHash: 'one' });
    await syncInstances(store, [alpha]);
    await beginInit(store, 'init');
    await claimIds(store);
    await syncInstances(store, [{ ...alpha, initHash: 'two' }]);
    await store.commit({ kind: 'finish', jobId: 'init', attempt: 1, settlement: initEnd(1, 'one', 'e') });
    assert.equal((await standingOf(store, 'alpha'))?.unhealthyAt, T0);
    assert.deepEqual(await beginInit(store, 'next', 'two'), { kind: 'begun' });
  });

  withStore('a claim of one job takes the init of its instance first', async (store) => {
    await syncInstances(store, [instanceOf('alpha', { initHash: 'one' })]);
    await store.commit({ kind: 'enqueue', drafts: [draftOf('a'), draftOf('b')] });
    await beginInit(store, 'init');
    assert.deepEqual(await claimIds(store, { only: 'b' }), ['init']);
    assert.deepEqual(await claimIds(store, { only: 'b' }), []);
    await store.commit({ kind: 'finish', jobId: 'init', attempt: 1, settlement: initEnd(1, 'one', 'e') });
    assert.deepEqual(await claimIds(store, { only: 'b' }), ['b']);
  });

  withStore('an init that the rate limit keeps says when it may start', async (store) => {
    const rateLimit = { count: 1, perMs: 10_000 };
    await syncInstances(store, [instanceOf('alpha', { rateLimit })]);
    await store.commit({ kind: 'enqueue', drafts: [draftOf('a'), draftOf('b')] });
    assert.deepEqual(await claimIds(store), ['a']);
    await syncInstances(store, [instanceOf('alpha', { rateLimit, initHash: 'one' })]);
    await beginInit(store, 'init');
    const { jobs, held, nextAt } = await store.claim(request({ slots: 5 }));
    assert.deepEqual(
      [jobs, held, nextAt],
      [[], [{ instance: 'alpha', reason: 'rate', until: T0 + 10_000 }], T0 + 10_000],
    );
  });

  withStore(
    'jobs that an unhealthy instance held for long are told apart from its init and from later ones',
    async (store) => {
      await syncInstances(store, [instanceOf('alpha', { initHash: 'one' })]);
      await beginInit(store, 'init');
      const drafts = [draftOf('old'), draftOf('young', { runAt: T0 + 5 }), draftOf('later', { runAt: T0 + 1_000 })];
      await store.commit({ kind: 'enqueue', drafts });
      await store.claim(request({ now: T0 + 10, slots: 0 }));
      const overdue = async (dueBy: number) => (await store.read.overdue('alpha', dueBy, 9)).map(({ id }) => id);
      assert.deepEqual(await overdue(T0), ['old']);
      assert.deepEqual(await overdue(T0 + 10), ['old', 'young']);
      await pause(store, 'alpha', true);
      await pause(store, 'alpha', false, T0 + 50);
      assert.equal((await standingOf(store, 'alpha'))?.unhealthyAt, T0 + 50);
    },
  );

  withStore(
    'a state that somebody sets is a version of its own, refused while a job of the instance runs',
    async (store) => {
      await syncInstances(store, [instanceOf('alpha')]);
      const set = (
        value: Record<string, number>,
        changes: { force?: boolean; limitBytes?: number; at?: number } = {},
      ) =>
        store.commit({
          kind: 'set_state',
          instance: 'alpha',
          value,
          by: 'cli',
          force: false,
          limitBytes: 99,
          at: T0,
          ...changes,
        });
      assert.deepEqual(await set({}), { kind: 'unchanged', version: 0 });
      assert.deepEqual(await set({ n: 1 }), { kind: 'changed', version: 1 });
      assert.deepEqual(await set({ n: 1 }), { kind: 'unchanged', version: 1 });
      assert.deepEqual(await set({ n: 22 }, { limitBytes: 5 }), { kind: 'too_large', bytes: 8 });
      await store.commit({ kind: 'enqueue', drafts: [draftOf('a')] });
      await claimIds(store);
      assert.deepEqual(await set({ n: 2 }), { kind: 'running', jobId: 'a' });
      assert.deepEqual(await set({ n: 2 }, { force: true, at: T0 + 1 }), { kind: 'changed', version: 2 });
      const attempt = attemptOf(1);
      await store.commit({
        kind: 'finish',
        jobId: 'a',
        attempt: 1,
        settlement: settlementOf(1, { attempt, statePatch: { m: 3 } }),
      });
      assert.deepEqual(await store.read.stateVersion('alpha', null), {
        value: { n: 2, m: 3 },
        version: 3,
        at: T0 + 5,
        jobId: 'a',
      });
      assert.deepEqual(await store.read.stateVersion('alpha', 1), { value: { n: 1 }, version: 1, at: T0, jobId: null });
      assert.deepEqual(await store.read.stateVersion('alpha', 0), { value: {}, version: 0, at: null, jobId: null });
      assert.equal(await store.read.stateVersion('alpha', 4), null);
      const { items } = await store.read.decisions({ instance: 'alpha' }, { limit: 9, cursor: null });
      assert.deepEqual(
        items.map(({ code }) => code),
        ['state_changed', 'state_changed'],
      );
    },
  );

  withStore('the breakers of an instance are closed by hand, each with a decision', async (store) => {
    await syncInstances(store, [instanceOf('alpha')]);
    await store.commit({ kind: 'enqueue', drafts: [draftOf('a', { submittedBy: 'scheduler:alpha/s' })] });
    await claimIds(store);
    const breaker = {
      command: 'handle',
      succeeded: false,
      policy: { threshold: 1, resetAfterMs: 1_000 },
      routed: null,
    };
    await store.commit({ kind: 'finish', jobId: 'a', attempt: 1, settlement: failure(1, { breaker }) });
    const close = () => store.commit({ kind: 'close_breakers', instance: 'alpha', at: T0, routed: [] });
    assert.deepEqual(await close(), { commands: ['handle'] });
    assert.deepEqual(await close(), { commands: [] });
    assert.deepEqual(
      (await store.read.breakers()).map(({ state, failures }) => [state, failures]),
      [['closed', 0]],
    );
  });
}
