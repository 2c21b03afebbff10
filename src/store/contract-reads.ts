import assert from 'node:assert/strict';
import type { Decision } from '../domain/decision.ts';
import type { JsonObject } from '../domain/json.ts';
import {
  attemptOf,
  claimIds,
  decisionOf,
  draftOf,
  eventOf,
  failure,
  instanceOf,
  request,
  runToEnd,
  settlementOf,
  syncInstances,
  T0,
  type WithStore,
} from './contract-values.ts';
import type { JobFilter } from './port/jobs.ts';
import type { Listed, Page } from './port/lists.ts';
import type { Store } from './port.ts';

const ALL: JobFilter = { status: null, instance: null, since: null };
const PAGE: Page = { limit: 50, cursor: null };

/** Lists, counts and counters. */
export function readContract(withStore: WithStore): void {
  withStore('lists come in pages, newest first, without gap or repeat while rows are added', async (store) => {
    await store.commit({ kind: 'enqueue', drafts: ['a', 'b', 'c', 'd', 'e'].map((id) => draftOf(id)) });
    const first = await store.read.jobs(ALL, { limit: 2, cursor: null });
    await store.commit({ kind: 'enqueue', drafts: [draftOf('f')] });
    const rest = await everyPage((page) => store.read.jobs(ALL, page), { limit: 2, cursor: first.nextCursor });
    assert.deepEqual(
      [...first.items, ...rest].map(({ id }) => id),
      ['e', 'd', 'c', 'b', 'a'],
    );
    await assert.rejects(store.read.jobs(ALL, { limit: 2, cursor: 'x y' }), { code: 'usage' });
    const status = 'lost' as JobFilter['status'];
    await assert.rejects(store.read.jobs({ ...ALL, status }, PAGE), { code: 'usage' });
  });

  withStore('configurations that came into force are kept, newest first, one that stayed once', async (store) => {
    const sync = (version: string, at: number) => {
      const config = { version, file: '/ductile.yaml', text: `name: ${version}\n`, templates: {} };
      return store.commit({ kind: 'sync', instances: [], schedules: [], config, at });
    };
    await sync('aa', T0);
    await sync('aa', T0 + 1);
    await sync('bb', T0 + 2);
    await sync('aa', T0 + 3);
    await store.commit({ kind: 'sync', instances: [], schedules: [], at: T0 + 4 });
    const versions = await store.read.configVersions();
    assert.deepEqual(
      versions.map(({ version, at, file }) => [version, at, file]),
      [
        ['aa', T0 + 3, '/ductile.yaml'],
        ['bb', T0 + 2, '/ductile.yaml'],
        ['aa', T0, '/ductile.yaml'],
      ],
    );
    assert.equal((await store.read.configText('bb'))?.text, 'name: bb\n');
    assert.equal((await store.read.configText('aa'))?.at, T0 + 3);
    assert.equal(await store.read.configText('cc'), null);
  });

  withStore('a past attempt comes with the state and the template that it had', async (store) => {
    await syncInstances(store, [instanceOf('alpha')]);
    const sync = (version: string, templates: JsonObject, at: number) => {
      const config = { version, file: '/ductile.yaml', text: '', templates };
      return store.commit({ kind: 'sync', instances: [instanceOf('alpha')], schedules: [], config, at });
    };
    await sync('v1', { alpha: { n: 0 } }, T0);
    await sync('v1', { alpha: { n: 1 } }, T0);
    await sync('v2', { alpha: { n: 2 } }, T0);
    await store.commit({ kind: 'enqueue', drafts: [draftOf('a', { payload: { p: 1 } }), draftOf('b')] });
    const attempt = attemptOf(1, { configVersion: 'v1', stateVersion: 0 });
    await runToEnd(store, 'a', settlementOf(1, { attempt, statePatch: { s: 1 } }));
    await runToEnd(store, 'b', settlementOf(1, { attempt: attemptOf(1, { configVersion: 'v0', stateVersion: 9 }) }));
    const past = await store.read.pastAttempt('a', 1);
    assert.deepEqual([past?.state, past?.template, past?.job.payload], [{}, { n: 1 }, { p: 1 }]);
    assert.deepEqual([past?.job.attempt, past?.record.attempt, past?.previousAttempts], [1, 1, []]);
    const other = await store.read.pastAttempt('b', 1);
    assert.deepEqual([other?.state, other?.template], [null, null]);
    assert.equal(await store.read.pastAttempt('a', 2), null);
    assert.equal(await store.read.pastAttempt('no', 1), null);
  });

  withStore('jobs are listed by status, instance and age', async (store) => {
    await syncInstances(store, [instanceOf('alpha'), instanceOf('beta')]);
    const drafts = [
      draftOf('ok'),
      draftOf('bad', { createdAt: T0 + 10 }),
      draftOf('busy', { createdAt: T0 + 10, instance: 'beta' }),
      draftOf('new', { createdAt: T0 + 20 }),
      draftOf('later', { runAt: T0 + 900 }),
    ];
    await store.commit({ kind: 'enqueue', drafts });
    await runToEnd(store, 'ok', settlementOf(1));
    await runToEnd(store, 'bad', failure(1));
    await claimIds(store, { only: 'busy' });
    const cases: readonly (readonly [Partial<JobFilter>, readonly string[]])[] = [
      [{ status: 'queued' }, ['later', 'new']],
      [{ status: 'running' }, ['busy']],
      [{ status: 'succeeded' }, ['ok']],
      [{ status: 'failed' }, ['bad']],
      [{ status: 'dead' }, []],
      [{ instance: 'beta' }, ['busy']],
      [{ instance: 'alpha', status: 'queued' }, ['later', 'new']],
      [{ since: T0 + 10 }, ['new', 'busy', 'bad']],
      [{ since: T0 + 10, status: 'queued', instance: 'alpha' }, ['new']],
      [{ since: T0 + 21 }, []],
    ];
    for (const [filter, expected] of cases) {
      const { items } = await store.read.jobs({ ...ALL, ...filter }, PAGE);
      assert.deepEqual(
        items.map(({ id }) => id),
        expected,
        JSON.stringify(filter),
      );
    }
  });

  withStore('events and decisions are listed by what is asked for', async (store) => {
    const emit = (id: string, source: string, type: string) =>
      store.commit({ kind: 'emit', routed: { event: eventOf(id, { source, type }), drafts: [], decisions: [] } });
    await emit('a', 'cli', 'x.y');
    await emit('b', 'api', 'x.y');
    await emit('c', 'cli', 'x.z');
    const ids = async (filter: { type: string | null; source: string | null }) => {
      const { items } = await store.read.events({ jobId: null, ...filter }, PAGE);
      return items.map(({ id }) => id);
    };
    assert.deepEqual(await ids({ type: 'x.y', source: null }), ['b', 'a']);
    assert.deepEqual(await ids({ type: 'x.*', source: null }), ['c', 'b', 'a']);
    assert.deepEqual(await ids({ type: 'y.*', source: null }), []);
    assert.deepEqual(await ids({ type: null, source: 'cli' }), ['c', 'a']);
    assert.deepEqual(await ids({ type: 'x.y', source: 'cli' }), ['a']);
    const schedule = { instance: 'alpha', id: 'hourly' };
    const record = (decisions: readonly Decision[]) =>
      store.commit({ kind: 'skip_slots', schedule, upTo: T0, decisions, routed: null });
    const repeated = { collapseKey: 'k', schedule: 'alpha/hourly', route: null };
    await record([decisionOf({ ...repeated, text: 'first' }), decisionOf({ eventId: 'a' })]);
    await record([decisionOf({ ...repeated, at: T0 + 7, text: 'last' })]);
    const { items } = await store.read.decisions({ schedule: 'alpha/hourly', instance: 'alpha' }, PAGE);
    assert.deepEqual(items, [
      { ...decisionOf({ ...repeated, at: T0 + 7, text: 'last' }), count: 2, firstAt: T0, lastAt: T0 + 7 },
    ]);
    assert.equal((await store.read.decisions({ eventId: 'a', route: 'r' }, PAGE)).items.length, 1);
    assert.equal((await store.read.decisions({ eventId: 'a', route: 'q' }, PAGE)).items.length, 0);
  });

  withStore('a decision names the jobs that absorbed its drafts', async (store) => {
    await store.commit({ kind: 'enqueue', drafts: [draftOf('holder', { dedupeKey: 'k' })] });
    const drafts = [draftOf('x', { dedupeKey: 'k' }), draftOf('y'), draftOf('z', { dedupeKey: 'k' })];
    const jobs = drafts.map(({ id }) => id);
    const decisions = [decisionOf({ code: 'route_taken', eventId: 'e', values: { jobs, kg: 1 } })];
    await store.commit({ kind: 'emit', routed: { event: eventOf('e'), drafts, decisions } });
    const { items } = await store.read.decisions({ eventId: 'e' }, PAGE);
    assert.deepEqual(
      items.map(({ values }) => values),
      [{ jobs: ['holder', 'y'], kg: 1 }],
    );
  });

  withStore('a collapse key does not show the scope that it stands for', async (store) => {
    const drafts = ['a', 'b'].map((id) => draftOf(id, { dedupeKey: 'hunter22' }));
    await store.commit({ kind: 'enqueue', drafts });
    for (const _ of [1, 2]) {
      await store.commit({ kind: 'emit', routed: { event: eventOf('hunter22'), drafts: [], decisions: [] } });
    }
    const { items } = await store.read.decisions({}, PAGE);
    assert.deepEqual(
      items.map(({ code, collapseKey }) => [code, /^[a-z_]+:[0-9a-f]{32}$/.test(collapseKey ?? '')]),
      [
        ['event_duplicate', true],
        ['job_duplicate', true],
      ],
    );
  });

  withStore('counts tell jobs per instance and status, ended ones of a day only', async (store) => {
    await syncInstances(store, [instanceOf('alpha'), instanceOf('beta')]);
    const drafts = [
      draftOf('a'),
      draftOf('b', { runAt: T0 + 50 }),
      draftOf('c', { runAt: T0 - 9 }),
      draftOf('d', { instance: 'beta' }),
    ];
    await store.commit({ kind: 'enqueue', drafts });
    await runToEnd(store, 'a', settlementOf(1));
    await claimIds(store, { only: 'd' });
    const queued = { instance: 'alpha', status: 'queued', count: 2, capped: false };
    const running = { instance: 'beta', status: 'running', count: 1, capped: false };
    const ended = { instance: 'alpha', status: 'succeeded', count: 1, capped: false };
    assert.deepEqual(await store.read.counts(T0 + 100), [queued, running, ended]);
    assert.deepEqual(await store.read.counts(T0 + 5 + 86_400_001), [queued, running]);
    assert.equal(await store.read.queued(10), 2);
    assert.equal(await store.read.queued(1), 1);
  });

  withStore('of many ids it is told which are of jobs', async (store) => {
    const odd = `"'; -- ünïcode`;
    await store.commit({ kind: 'enqueue', drafts: [draftOf('a'), draftOf(odd), draftOf('c')] });
    assert.deepEqual(await store.read.knows(['a', 'nobody', odd, 'a']), new Set(['a', odd]));
    assert.deepEqual(await store.read.knows([]), new Set());
  });

  withStore('children and lineages are shown up to a thousand, oldest first', async (store) => {
    const drafts = Array.from({ length: 1_001 }, (_, index) =>
      draftOf(`child${index}`, { parentJobId: 'a', rootJobId: 'a' }),
    );
    await store.commit({ kind: 'enqueue', drafts: [draftOf('a'), ...drafts] });
    const children = await store.read.children('a');
    assert.deepEqual([children.length, children[0]?.id, children.at(-1)?.id], [1_000, 'child0', 'child999']);
    assert.equal((await store.read.lineage('a')).length, 1_000);
  });

  withStore('what is active below a job is found however far down, and nothing beside it', async (store) => {
    const below = (id: string, parentJobId: string) => draftOf(id, { parentJobId, rootJobId: 'a' });
    await store.commit({
      kind: 'enqueue',
      drafts: [draftOf('a'), below('b', 'a'), below('c', 'a'), below('b1', 'b'), below('b2', 'b1'), below('b3', 'b2')],
    });
    await store.commit({ kind: 'cancel', jobId: 'b2', at: T0, routed: null });
    const under = (jobId: string, limit = 10) => store.read.activeBelow({ rootJobId: 'a', jobId, limit });
    assert.deepEqual(new Set(await under('a')), new Set(['b', 'c', 'b1', 'b3']));
    assert.deepEqual(new Set(await under('b')), new Set(['b1', 'b3']));
    assert.deepEqual([await under('c'), await under('nobody'), (await under('a', 1)).length], [[], [], 1]);
  });

  withStore('a closed store refuses to answer', async (store) => {
    await store.close();
    const closed = { code: 'storage_unavailable', message: 'the store is closed' };
    await assert.rejects(store.read.job('a'), closed);
    await assert.rejects(store.read.counts(T0), closed);
    await assert.rejects(store.commit({ kind: 'barrier' }), closed);
    await assert.rejects(store.claim(request()), closed);
  });

  withStore('the counters tell calls from transactions', async (store) => {
    const before = store.counters();
    await store.read.job('nobody');
    await store.commit({ kind: 'enqueue', drafts: [draftOf('a')] });
    const after = store.counters();
    assert.equal(after.calls, before.calls + 2);
    assert.equal(after.transactions, before.transactions + 1);
    assert.equal(after.syncs, before.syncs + 1);
  });

  withStore('what is unknown is null or empty', async (store: Store) => {
    assert.equal(await store.read.job('nobody'), null);
    assert.equal(await store.read.event('none'), null);
    assert.deepEqual(await store.read.attempts('nobody'), []);
    assert.deepEqual(await store.read.state('nobody'), { value: {}, version: 0 });
    assert.deepEqual(await store.read.lineage('nobody'), []);
    assert.deepEqual(await store.read.running(), []);
  });
}

async function everyPage<T>(read: (page: Page) => Promise<Listed<T>>, from: Page): Promise<readonly T[]> {
  const items: T[] = [];
  for (let page = from; page.cursor !== null; ) {
    const { items: shown, nextCursor } = await read(page);
    items.push(...shown);
    page = { ...page, cursor: nextCursor };
  }
  return items;
}
