import assert from 'node:assert/strict';
import type { Event } from '../domain/event.ts';
import type { JobDraft } from '../domain/job.ts';
import {
  decisionOf,
  draftOf,
  eventOf,
  instanceOf,
  runToEnd,
  settlementOf,
  T0,
  type WithStore,
} from './contract-values.ts';
import type { ExpectationRow } from './port/expectations.ts';
import type { Store } from './port.ts';

/** Expectations: what counts as a sight, what is remembered, and that news are told once. */
export function expectationContract(withStore: WithStore): void {
  withStore('an event is seen by its type, its prefix or *, in the commit that holds it', async (store) => {
    await expect(store, ['exact', 'a.done'], ['prefix', 'a.*'], ['any', '*'], ['core', 'ductile.*'], ['other', 'a']);
    await emit(store, { id: 'e1', type: 'a.done', createdAt: T0 + 5 });
    assert.deepEqual(await seen(store), { any: T0 + 5, core: null, exact: T0 + 5, other: null, prefix: T0 + 5 });
    await emit(store, { id: 'e2', type: 'ductile.job.failed', source: 'core', fromCore: true, createdAt: T0 + 6 });
    assert.deepEqual(await seen(store), { any: T0 + 5, core: T0 + 6, exact: T0 + 5, other: null, prefix: T0 + 5 });
  });

  withStore(
    'what came of an event of the core is no sight, and neither is an event about expectations',
    async (store) => {
      await expect(store, ['mine', 'a.done'], ['core', 'ductile.*'], ['job', 'alpha', 'job']);
      await emit(store, { id: 'e1', type: 'a.done', fromCore: true });
      await emit(store, { id: 'e2', type: 'ductile.expectation.missed', source: 'core', fromCore: true });
      await succeed(store, { id: 'a', fromCore: true });
      assert.deepEqual(await seen(store), { core: null, job: null, mine: null });
    },
  );

  withStore('a repeated event is no sight', async (store) => {
    await expect(store, ['mine', 'a.done']);
    await emit(store, { id: 'e1', type: 'a.done', createdAt: T0 + 1 });
    await emit(store, { id: 'e1', type: 'a.done', createdAt: T0 + 2 });
    assert.deepEqual(await seen(store), { mine: T0 + 1 });
  });

  withStore('a job is seen when it succeeds, by its schedule, its instance or its command', async (store) => {
    await expect(
      store,
      ['schedule', 'scheduler:alpha/hourly', 'schedule'],
      ['instance', 'alpha', 'job'],
      ['command', 'alpha handle', 'job'],
      ['poll', 'alpha poll', 'job'],
    );
    await succeed(store, { id: 'a', submittedBy: 'cli' });
    const first = await seen(store);
    assert.deepEqual([first['schedule'], first['poll']], [null, null]);
    assert.ok(first['instance'] !== null && first['command'] === first['instance']);
    await succeed(store, { id: 'b', submittedBy: 'scheduler:alpha/hourly' });
    assert.notEqual((await seen(store))['schedule'], null);
  });

  withStore('what waits for the same keeps its memory over a sync, what changed starts afresh', async (store) => {
    await expect(store, ['same', 'a.done'], ['changed', 'a.done'], ['gone', 'a.done']);
    await emit(store, { id: 'e1', type: 'a.done', createdAt: T0 + 5 });
    await tell(store, 'same', 'missed', T0 + 5);
    await expectAt(store, T0 + 900, ['same', 'a.done'], ['changed', 'b.done']);
    assert.deepEqual(await store.read.expectations(), [
      { name: 'changed', sinceAt: T0 + 900, seenAt: null, missedAt: null },
      { name: 'same', sinceAt: T0, seenAt: T0 + 5, missedAt: T0 + 100 },
    ]);
  });

  withStore('news are told once, with their decision and event', async (store) => {
    await expect(store, ['mine', 'a.done']);
    assert.deepEqual(await tell(store, 'mine', 'recovered', null), { kind: 'stale' });
    assert.deepEqual(await tell(store, 'mine', 'missed', null), { kind: 'told' });
    assert.deepEqual(await tell(store, 'mine', 'missed', null), { kind: 'stale' });
    assert.equal((await store.read.decisions({}, { limit: 10, cursor: null })).items.length, 1);
    const { items } = await store.read.events({ type: null, source: 'core', jobId: null }, { limit: 10, cursor: null });
    assert.deepEqual(
      items.map(({ id }) => id),
      ['missed-mine'],
    );
  });

  withStore('news that a sight has overtaken are not told', async (store) => {
    await expect(store, ['mine', 'a.done']);
    await emit(store, { id: 'e1', type: 'a.done', createdAt: T0 + 5 });
    assert.deepEqual(await tell(store, 'mine', 'missed', null), { kind: 'stale' });
  });

  withStore('no sight lies in the future after the clock was set back', async (store) => {
    await expect(store, ['mine', 'a.done']);
    await emit(store, { id: 'e1', type: 'a.done', createdAt: T0 + 5_000 });
    await store.commit({ kind: 'clock_back', byMs: 4_000, at: T0 + 1_000 });
    assert.deepEqual(await seen(store), { mine: T0 + 1_000 });
  });
}

type Row = readonly [name: string, pattern: string, kind?: ExpectationRow['kind']];

function expect(store: Store, ...rows: readonly Row[]): Promise<null> {
  return expectAt(store, T0, ...rows);
}

function expectAt(store: Store, at: number, ...rows: readonly Row[]): Promise<null> {
  const expectations = rows.map(([name, pattern, kind = 'event']) => ({ name, pattern, kind }));
  return store.commit({ kind: 'sync', instances: [instanceOf('alpha')], schedules: [], expectations, at });
}

async function emit(store: Store, { id, ...change }: Partial<Event> & { readonly id: string }): Promise<void> {
  await store.commit({ kind: 'emit', routed: { event: eventOf(id, change), drafts: [], decisions: [] } });
}

async function succeed(store: Store, { id, ...change }: Partial<JobDraft> & { readonly id: string }): Promise<void> {
  await store.commit({ kind: 'enqueue', drafts: [draftOf(id, change)] });
  await runToEnd(store, id, settlementOf(1));
}

function tell(store: Store, name: string, news: 'missed' | 'recovered', seenAt: number | null) {
  const event = eventOf(`${news}-${name}`, { source: 'core', type: `ductile.expectation.${news}`, fromCore: true });
  const routed = { event, drafts: [], decisions: [] };
  const decision = decisionOf();
  return store.commit({ kind: 'tell_expectation', name, news, seenAt, at: T0 + 100, decision, routed });
}

async function seen(store: Store): Promise<Readonly<Record<string, number | null>>> {
  return Object.fromEntries((await store.read.expectations()).map(({ name, seenAt }) => [name, seenAt]));
}
