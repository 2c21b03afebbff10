import assert from 'node:assert/strict';
import {
  attemptOf,
  decisionOf,
  draftOf,
  eventOf,
  failure,
  instanceOf,
  request,
  retryLater,
  runToEnd,
  settlementOf,
  syncInstances,
  T0,
  type WithStore,
} from './contract-values.ts';

const PAGE = { limit: 10, cursor: null };

/** What one finish writes, together or not at all. */
export function finishContract(withStore: WithStore): void {
  withStore(
    'a finish commits status, evidence, state, events, decisions and downstream jobs together',
    async (store) => {
      await syncInstances(store, [instanceOf('alpha')]);
      await store.commit({ kind: 'enqueue', drafts: [draftOf('a')] });
      await store.claim(request());
      const event = eventOf('e', { jobId: 'a', attempt: 1, rootJobId: 'a' });
      const child = draftOf('child', {
        parentJobId: 'a',
        rootJobId: 'a',
        sourceEventId: 'e',
        submittedBy: 'route:r',
        depth: 1,
      });
      const settlement = settlementOf(1, {
        result: { rows: 2 },
        statePatch: { cursor: 1 },
        events: [
          { event, drafts: [child], decisions: [decisionOf({ code: 'route_taken', eventId: 'e', jobId: 'child' })] },
        ],
        decisions: [decisionOf({ jobId: 'a' })],
      });
      assert.deepEqual(await store.commit({ kind: 'finish', jobId: 'a', attempt: 1, settlement }), {
        kind: 'finished',
        events: [{ eventId: 'e', duplicate: false, admissions: [{ kind: 'admitted', jobId: 'child' }] }],
        lineageDone: false,
      });
      const job = await store.read.job('a');
      assert.deepEqual(
        [job?.status, job?.result, job?.completedAt, job?.owner],
        ['succeeded', { rows: 2 }, T0 + 5, null],
      );
      assert.deepEqual(await store.read.attempts('a'), [settlement.attempt]);
      assert.deepEqual(await store.read.state('alpha'), { value: { cursor: 1 }, version: 1 });
      assert.deepEqual(await store.read.event('e'), event);
      assert.deepEqual(
        (await store.read.children('a')).map(({ id }) => id),
        ['child'],
      );
      assert.deepEqual(
        (await store.read.lineage('a')).map(({ id }) => id),
        ['a', 'child'],
      );
      assert.equal((await store.read.decisions({ route: 'r' }, PAGE)).items.length, 2);
      assert.deepEqual((await store.claim(request())).jobs[0]?.event, event);
      const last = await store.commit({ kind: 'finish', jobId: 'child', attempt: 1, settlement: settlementOf(1) });
      assert.deepEqual(last, { kind: 'finished', events: [], lineageDone: true });
      assert.deepEqual([await store.read.lineageDone('a'), await store.read.lineageDone('nothing')], [true, true]);
    },
  );

  withStore('a late finisher writes nothing', async (store) => {
    await syncInstances(store, [instanceOf('alpha')]);
    await store.commit({ kind: 'enqueue', drafts: [draftOf('a')] });
    await store.claim(request());
    await store.commit({ kind: 'finish', jobId: 'a', attempt: 1, settlement: retryLater(1, T0) });
    await store.claim(request({ now: T0 + 10 }));
    const settlement = settlementOf(1, { statePatch: { late: true }, decisions: [decisionOf()] });
    assert.deepEqual(await store.commit({ kind: 'finish', jobId: 'a', attempt: 1, settlement }), { kind: 'stale' });
    assert.deepEqual(await store.commit({ kind: 'finish', jobId: 'nobody', attempt: 1, settlement }), {
      kind: 'stale',
    });
    assert.equal((await store.read.job('a'))?.status, 'running');
    assert.deepEqual(await store.read.state('alpha'), { value: {}, version: 0 });
    assert.equal((await store.read.attempts('a')).length, 1);
    assert.deepEqual((await store.read.decisions({}, PAGE)).items, []);
  });

  withStore('evidence of each attempt is kept whole', async (store) => {
    await syncInstances(store, [instanceOf('alpha')]);
    await store.commit({ kind: 'enqueue', drafts: [draftOf('a')] });
    const first = attemptOf(1, {
      outcome: 'crashed',
      error: { code: 'crashed', message: 'SIGSEGV' },
      exitCode: null,
      signal: 'SIGSEGV',
      pid: null,
      stderrFile: 'attempts/a-1',
      rawOutput: '{"half',
      response: null,
      truncated: true,
      logsDropped: 4,
      warnings: ['unknown field "evnets"'],
      retryAt: T0 + 30,
      stateVersion: 3,
    });
    await runToEnd(store, 'a', { ...retryLater(1, T0), attempt: first });
    await runToEnd(store, 'a', settlementOf(2));
    assert.deepEqual(await store.read.attempts('a'), [first, attemptOf(2)]);
  });

  withStore('state merges shallowly, null removes a key, and only a change makes a version', async (store) => {
    await syncInstances(store, [instanceOf('alpha')]);
    const patches = [
      { patch: { a: { x: 1, y: 2 }, b: 1 }, value: { a: { x: 1, y: 2 }, b: 1 }, version: 1 },
      { patch: { a: { y: 2, x: 1 } }, value: { a: { x: 1, y: 2 }, b: 1 }, version: 1 },
      { patch: { a: { z: 3 }, b: null, c: null }, value: { a: { z: 3 } }, version: 2 },
      { patch: {}, value: { a: { z: 3 } }, version: 2 },
      {
        patch: JSON.parse('{"__proto__": {"x": 1}}'),
        value: JSON.parse('{"a": {"z": 3}, "__proto__": {"x": 1}}'),
        version: 3,
      },
    ];
    for (const [index, { patch, value, version }] of patches.entries()) {
      await store.commit({ kind: 'enqueue', drafts: [draftOf(`job${index}`)] });
      await runToEnd(store, `job${index}`, settlementOf(1, { statePatch: patch }));
      assert.deepEqual(await store.read.state('alpha'), { value, version });
    }
  });

  withStore('a failed attempt may change the state, too', async (store) => {
    await syncInstances(store, [instanceOf('alpha')]);
    await store.commit({ kind: 'enqueue', drafts: [draftOf('a')] });
    await runToEnd(store, 'a', failure(1, { statePatch: { token: 'fresh' } }));
    assert.deepEqual(await store.read.state('alpha'), { value: { token: 'fresh' }, version: 1 });
  });

  withStore('a state over its limit after the merge writes nothing at all', async (store) => {
    await syncInstances(store, [instanceOf('alpha')]);
    await store.commit({ kind: 'enqueue', drafts: [draftOf('a')] });
    await store.claim(request());
    const command = (stateLimitBytes: number) => {
      const settlement = settlementOf(1, {
        statePatch: { key: 'ü'.repeat(10) },
        stateLimitBytes,
        events: [{ event: eventOf('e'), drafts: [draftOf('child')], decisions: [] }],
      });
      return { kind: 'finish', jobId: 'a', attempt: 1, settlement } as const;
    };
    assert.deepEqual(await store.commit(command(29)), { kind: 'state_too_large', bytes: 30 });
    assert.equal((await store.read.job('a'))?.status, 'running');
    assert.deepEqual(await store.read.attempts('a'), []);
    assert.equal(await store.read.event('e'), null);
    assert.equal((await store.commit(command(30))).kind, 'finished');
  });

  withStore(
    'a repeated event id from one source fires nothing; from another source it is another event',
    async (store) => {
      const routed = (source: string, child: string) => ({
        event: eventOf('same', { source }),
        drafts: [draftOf(child, { sourceEventId: 'same' })],
        decisions: [decisionOf({ eventId: 'same' })],
      });
      const emit = (source: string, child: string) => store.commit({ kind: 'emit', routed: routed(source, child) });
      assert.equal((await emit('cli', 'a')).duplicate, false);
      assert.deepEqual(await emit('cli', 'b'), { eventId: 'same', duplicate: true, admissions: [] });
      assert.deepEqual(await emit('cli', 'c'), { eventId: 'same', duplicate: true, admissions: [] });
      assert.equal((await emit('api', 'd')).duplicate, false);
      const { items } = await store.read.decisions({ eventId: 'same' }, PAGE);
      assert.deepEqual(
        items.map(({ code, count }) => [code, count]),
        [
          ['route_condition_false', 1],
          ['event_duplicate', 2],
          ['route_condition_false', 1],
        ],
      );
      assert.equal(await store.read.queued(10), 2);
    },
  );

  withStore('downstream jobs of one finish are deduplicated among themselves', async (store) => {
    await syncInstances(store, [instanceOf('alpha')]);
    await store.commit({ kind: 'enqueue', drafts: [draftOf('a')] });
    await store.claim(request());
    const drafts = [draftOf('x', { dedupeKey: 'k' }), draftOf('y', { dedupeKey: 'k' })];
    const settlement = settlementOf(1, { events: [{ event: eventOf('e'), drafts, decisions: [] }] });
    const outcome = await store.commit({ kind: 'finish', jobId: 'a', attempt: 1, settlement });
    assert.deepEqual(outcome.kind === 'finished' && outcome.events[0]?.admissions.map(({ kind }) => kind), [
      'admitted',
      'duplicate',
    ]);
  });

  withStore('retention removes what is old, but nothing that is still needed', async (store) => {
    await syncInstances(store, [instanceOf('alpha')]);
    const retention = {
      succeededMs: 1_000,
      deadLettersMs: 10_000,
      eventsMs: 1_000,
      decisionsMs: 1_000,
      deliveriesMs: 1_000,
      rejectionsMs: 1_000,
    };
    const source = draftOf('a', { dedupeKey: 'k', dedupeWindowMs: 50_000, sourceEventId: 'used' });
    await store.commit({ kind: 'emit', routed: { event: eventOf('used'), drafts: [], decisions: [] } });
    await store.commit({ kind: 'emit', routed: { event: eventOf('unused'), drafts: [], decisions: [decisionOf()] } });
    await store.commit({ kind: 'enqueue', drafts: [source, draftOf('b', { sourceEventId: 'used' }), draftOf('c')] });
    await runToEnd(store, 'a', settlementOf(1, { statePatch: { n: 1 }, events: [] }));
    await runToEnd(store, 'b', failure(1, { statePatch: { n: 2 } }));
    await store.commit({ kind: 'enqueue', drafts: [draftOf('child', { parentJobId: 'a', rootJobId: 'a' })] });
    const pruneAll = async (now: number) => {
      while (await store.prune(retention, now));
    };
    await pruneAll(T0 + 900);
    assert.notEqual(await store.read.job('a'), null);
    await pruneAll(T0 + 5_000);
    assert.equal(await store.read.job('a'), null);
    assert.deepEqual(await store.read.attempts('a'), []);
    assert.notEqual(await store.read.job('b'), null);
    assert.equal((await store.read.attempts('b')).length, 1);
    assert.equal((await store.read.job('c'))?.status, 'queued');
    assert.notEqual(await store.read.event('used'), null);
    assert.equal(await store.read.event('unused'), null);
    assert.deepEqual((await store.read.decisions({}, PAGE)).items, []);
    assert.deepEqual(await store.read.state('alpha'), { value: { n: 2 }, version: 2 });
    assert.deepEqual(
      (await store.read.children('a')).map(({ id }) => id),
      ['child'],
    );
    const absorbedAt = async (createdAt: number) => {
      const [admission] = await store.commit({
        kind: 'enqueue',
        drafts: [draftOf(`at${createdAt}`, { dedupeKey: 'k', createdAt })],
      });
      return admission;
    };
    assert.deepEqual(await absorbedAt(T0 + 49_999), {
      kind: 'duplicate',
      jobId: 'a',
      status: 'succeeded',
      payloadDiffers: false,
    });
    await pruneAll(T0 + 60_000);
    assert.equal(await store.read.job('b'), null);
    assert.equal(await store.read.event('used'), null);
    assert.equal((await absorbedAt(T0 + 40_000))?.kind, 'admitted');
  });
}
