import assert from 'node:assert/strict';
import {
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
import type { Store } from './port.ts';

const SCHEDULE = { instance: 'alpha', id: 'hourly' };
const POLICY = { threshold: 2, resetAfterMs: 60_000 };

/** Slots, high-water marks and breakers. */
export function scheduleContract(withStore: WithStore): void {
  withStore('a slot fires once and moves the high-water mark', async (store) => {
    await syncWith(store, 'h1', T0);
    const fire = (id: string) => fireSlot(store, id, T0 + 60_000);
    assert.deepEqual(await fire('a'), { kind: 'fired', admission: { kind: 'admitted', jobId: 'a' } });
    assert.deepEqual(await fire('b'), { kind: 'already_fired' });
    assert.equal(await store.read.job('b'), null);
    assert.deepEqual(await store.read.schedules(), [
      {
        ...SCHEDULE,
        hash: 'h1',
        highWaterAt: T0 + 60_000,
        pausedAt: null,
        skipAt: null,
        lastJobId: 'a',
        lastSlotAt: T0 + 60_000,
      },
    ]);
  });

  withStore('a paused schedule stays paused, whatever a configuration changes, until it is resumed', async (store) => {
    const pause = (paused: boolean, at: number, upTo: number | null = null, schedule = SCHEDULE) => {
      const code = paused ? 'schedule_paused' : 'schedule_resumed';
      const decisions = [decisionOf({ code, route: null, collapseKey: code })];
      return store.commit({ kind: 'pause_schedule', schedule, paused, at, upTo, decisions });
    };
    const memory = async () => {
      const [state] = await store.read.schedules();
      return [state?.pausedAt, state?.highWaterAt];
    };
    await syncWith(store, 'h1', T0);
    assert.deepEqual(await pause(true, T0 + 1), { kind: 'changed' });
    assert.deepEqual(await pause(true, T0 + 2), { kind: 'unchanged' });
    assert.deepEqual(await pause(true, T0 + 2, null, { instance: 'alpha', id: 'nobody' }), { kind: 'unknown' });
    await syncWith(store, 'h1', T0 + 3);
    assert.deepEqual(await memory(), [T0 + 1, T0]);
    await syncWith(store, 'h2', T0 + 3);
    assert.deepEqual(await memory(), [T0 + 1, T0 + 3]);
    assert.deepEqual(await pause(false, T0 + 9, T0 + 8), { kind: 'changed' });
    assert.deepEqual(await pause(false, T0 + 10, T0 + 20), { kind: 'unchanged' });
    assert.deepEqual(await memory(), [null, T0 + 8]);
    const { items } = await store.read.decisions({}, { limit: 10, cursor: null });
    assert.deepEqual(items.map(({ code, count }) => [code, count]).toSorted(), [
      ['schedule_paused', 1],
      ['schedule_resumed', 1],
    ]);
  });

  withStore('the slot that is to be skipped is kept until the schedule changes', async (store) => {
    const skip = (slotAt: number, schedule = SCHEDULE) => store.commit({ kind: 'skip_next', schedule, slotAt });
    const skipAt = async () => (await store.read.schedules())[0]?.skipAt;
    await syncWith(store, 'h1', T0);
    assert.deepEqual(await skip(T0 + 60_000), { kind: 'changed' });
    assert.deepEqual(await skip(T0 + 60_000), { kind: 'unchanged' });
    assert.deepEqual(await skip(T0, { instance: 'alpha', id: 'nobody' }), { kind: 'unknown' });
    await syncWith(store, 'h1', T0 + 1);
    assert.equal(await skipAt(), T0 + 60_000);
    await syncWith(store, 'h2', T0 + 2);
    assert.equal(await skipAt(), null);
  });

  withStore('the high-water mark never moves back', async (store) => {
    await syncWith(store, 'h1', T0);
    const skip = (upTo: number) =>
      store.commit({ kind: 'skip_slots', schedule: SCHEDULE, upTo, decisions: [decisionOf()], routed: null });
    await skip(T0 + 500);
    await skip(T0 + 100);
    await fireSlot(store, 'a', T0 + 200);
    assert.equal((await store.read.schedules())[0]?.highWaterAt, T0 + 500);
  });

  withStore(
    'an unchanged schedule keeps its mark, a changed one starts afresh, a removed one is forgotten',
    async (store) => {
      await syncWith(store, 'h1', T0);
      await fireSlot(store, 'a', T0 + 60_000);
      await syncWith(store, 'h1', T0 + 999_999);
      assert.equal((await store.read.schedules())[0]?.highWaterAt, T0 + 60_000);
      await syncWith(store, 'h2', T0 + 999_999);
      const [changed] = await store.read.schedules();
      assert.deepEqual([changed?.hash, changed?.highWaterAt, changed?.lastJobId], ['h2', T0 + 999_999, 'a']);
      await syncInstances(store, [instanceOf('alpha')]);
      assert.deepEqual(await store.read.schedules(), []);
      await syncWith(store, 'h2', T0);
      assert.deepEqual(await fireSlot(store, 'b', T0 + 60_000), { kind: 'already_fired' });
    },
  );

  withStore('a run at the start leaves the mark and the slots alone', async (store) => {
    await syncWith(store, 'h1', T0);
    await fireSlot(store, 'a', null);
    await fireSlot(store, 'b', null);
    const [schedule] = await store.read.schedules();
    assert.deepEqual([schedule?.highWaterAt, schedule?.lastJobId, schedule?.lastSlotAt], [T0, 'b', T0]);
    assert.equal((await fireSlot(store, 'c', T0 + 1)).kind, 'fired');
  });

  withStore('a slot of a draft that is absorbed belongs to the absorbing job', async (store) => {
    await syncWith(store, 'h1', T0);
    await store.commit({ kind: 'enqueue', drafts: [draftOf('a', { dedupeKey: 'k' })] });
    const fired = await store.commit({
      kind: 'fire_slot',
      schedule: SCHEDULE,
      slotAt: T0 + 1,
      draft: draftOf('b', { dedupeKey: 'k' }),
      decisions: [],
      probe: true,
    });
    assert.equal(fired.kind === 'fired' && fired.admission.kind, 'duplicate');
    assert.equal((await store.read.schedules())[0]?.lastJobId, 'a');
    assert.deepEqual(await store.read.breakers(), []);
  });

  withStore(
    'a breaker opens after its threshold, lets one probe through and closes on success, saying so',
    async (store) => {
      await syncWith(store, 'h1', T0);
      for (const id of ['a', 'b']) {
        await fireSlot(store, id, T0 + id.charCodeAt(0));
        await runToEnd(
          store,
          id,
          failure(1, { breaker: { command: 'handle', succeeded: false, policy: POLICY, routed: null } }),
        );
      }
      const open = {
        instance: 'alpha',
        command: 'handle',
        state: 'open',
        failures: 2,
        openedAt: T0 + 5,
        probeJobId: null,
      };
      assert.deepEqual(await store.read.breakers(), [open]);
      await fireSlot(store, 'c', T0 + 500, true);
      assert.deepEqual(await store.read.breakers(), [{ ...open, state: 'half_open', probeJobId: 'c' }]);
      await runToEnd(
        store,
        'c',
        settlementOf(1, { breaker: { command: 'handle', succeeded: true, policy: POLICY, routed: null } }),
      );
      const closed = { ...open, state: 'closed', failures: 0, openedAt: null };
      assert.deepEqual(await store.read.breakers(), [closed]);
      const { items } = await store.read.decisions({ instance: 'alpha' }, { limit: 10, cursor: null });
      assert.deepEqual(
        items.map(({ code, jobId }) => [code, jobId]),
        [
          ['breaker_closed', 'c'],
          ['breaker_opened', 'b'],
        ],
      );
    },
  );

  withStore(
    'a probe that is cancelled, waiting or running, leaves the breaker open for the next one',
    async (store) => {
      await syncWith(store, 'h1', T0);
      const expectOpen = async () => {
        const [breaker] = await store.read.breakers();
        assert.deepEqual([breaker?.state, breaker?.probeJobId], ['open', null]);
      };
      await openBreaker(store);
      await fireSlot(store, 'a', T0 + 1, true);
      assert.equal((await store.read.breakers())[0]?.probeJobId, 'a');
      await store.commit({ kind: 'cancel', jobId: 'a', at: T0, routed: null });
      await expectOpen();
      await fireSlot(store, 'b', T0 + 2, true);
      await runToEnd(store, 'b', failure(1, { status: 'cancelled' }));
      await expectOpen();
    },
  );

  withStore('a job meant as a probe is one like others when the breaker is not open any more', async (store) => {
    await syncWith(store, 'h1', T0);
    await fireSlot(store, 'early', T0 + 1, true);
    assert.deepEqual(await store.read.breakers(), []);
    await openBreaker(store);
    await fireSlot(store, 'probe', T0 + 2, true);
    await fireSlot(store, 'late', T0 + 3, true);
    const [halfOpen] = await store.read.breakers();
    assert.deepEqual([halfOpen?.state, halfOpen?.probeJobId], ['half_open', 'probe']);
    const breaker = { command: 'handle', succeeded: true, policy: POLICY, routed: null };
    await runToEnd(store, 'probe', settlementOf(1, { breaker }));
    await fireSlot(store, 'later', T0 + 4, true);
    const [closed] = await store.read.breakers();
    assert.deepEqual([closed?.state, closed?.probeJobId], ['closed', null]);
  });
}

/** Makes the breaker of `handle` open by one failed job. */
async function openBreaker(store: Store): Promise<void> {
  await fireSlot(store, 'failing', T0);
  const policy = { ...POLICY, threshold: 1 };
  await runToEnd(
    store,
    'failing',
    failure(1, { breaker: { command: 'handle', succeeded: false, policy, routed: null } }),
  );
}

function syncWith(store: Store, hash: string, at: number): Promise<null> {
  return store.commit({ kind: 'sync', instances: [instanceOf('alpha')], schedules: [{ ...SCHEDULE, hash }], at });
}

function fireSlot(store: Store, id: string, slotAt: number | null, probe = false) {
  const draft = draftOf(id, { submittedBy: 'scheduler:alpha/hourly' });
  return store.commit({ kind: 'fire_slot', schedule: SCHEDULE, slotAt, draft, decisions: [], probe });
}
