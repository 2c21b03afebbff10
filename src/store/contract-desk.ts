import assert from 'node:assert/strict';
import { errorFingerprint } from '../domain/error-fingerprint.ts';
import type { JobDraft, JobError } from '../domain/job.ts';
import {
  attemptOf,
  claimIds,
  decisionOf,
  deliveryOf,
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
import type { CommandOutcomes } from './port/commands.ts';
import type { JobSelection, Once } from './port/desk.ts';
import type { Store } from './port.ts';

type ReplayChanges = Partial<JobDraft> & { readonly unlessReplayed?: boolean; readonly once?: Once };

const ALL = { limit: 100, cursor: null };
const ANY: JobSelection = {
  statuses: ['failed', 'dead'],
  instance: null,
  command: null,
  since: null,
  until: null,
  errorCode: null,
  onDesk: false,
  fingerprint: null,
  asOf: T0 + 1_000_000,
};

/** What a piece of a selection holds. */
async function found(store: Store, changes: Partial<JobSelection>, after = 0) {
  const { jobs, next } = await store.read.selected({ ...ANY, ...changes }, after);
  return { ids: jobs.map(({ id }) => id), next, places: jobs.map(({ place }) => place) };
}

/** Dead letters, replays, selections of jobs and requests with a key. */
export function deskContract(withStore: WithStore): void {
  withStore('groups dead letters by fingerprint; a retried or replayed one leaves', async (store) => {
    await synced(store);
    for (const [id, message] of [
      ['j1', 'HTTP 503 from host 1'],
      ['j2', 'no route'],
      ['j3', 'HTTP 502 from host 2'],
    ] as const) {
      await fail(store, id, { code: 'unavailable', message });
    }
    const error = { code: 'unavailable', message: 'HTTP 503 from host 1' };
    const fingerprint = errorFingerprint({ instance: 'alpha', command: 'handle', error });
    const [latest, other] = (await store.read.deadGroups(null, ALL)).items;
    assert.deepEqual(latest, {
      fingerprint,
      instance: 'alpha',
      command: 'handle',
      code: 'unavailable',
      message: 'HTTP 502 from host 2',
      count: 2,
      firstAt: T0 + 5,
      lastAt: T0 + 5,
      jobIds: ['j3', 'j1'],
    });
    assert.deepEqual(await store.read.deadGroup(fingerprint), latest);
    assert.deepEqual([other?.count, other?.jobIds], [1, ['j2']]);
    assert.deepEqual((await store.read.deadGroups('beta', ALL)).items, []);
    assert.equal((await store.read.deadGroups('alpha', ALL)).items.length, 2);

    const page = await store.read.deadJobs(fingerprint, { limit: 1, cursor: null });
    assert.deepEqual(
      page.items.map(({ id }) => id),
      ['j3'],
    );
    const rest = await store.read.deadJobs(fingerprint, { limit: 1, cursor: page.nextCursor });
    assert.deepEqual([rest.items.map(({ id }) => id), rest.nextCursor], [['j1'], null]);

    await store.commit({ kind: 'retry', jobId: 'j1', at: T0 });
    await replay(store, 'j2', 'j4');
    const [left, ...gone] = (await store.read.deadGroups(null, ALL)).items;
    assert.deepEqual([left?.fingerprint, left?.count, gone], [fingerprint, 1, []]);
    await runToEnd(store, 'j1', failureOf(2, { code: 'unavailable', message: 'HTTP 504 from host 7' }));
    assert.deepEqual((await store.read.deadGroup(fingerprint))?.jobIds, ['j1', 'j3']);
  });

  withStore('pages groups, and puts a job that can never run on the desk', async (store) => {
    await synced(store);
    await fail(store, 'j1', { code: 'internal', message: 'a bug' });
    await store.commit({ kind: 'enqueue', drafts: [draftOf('j2')] });
    const error = { code: 'plugin_missing', message: 'it is gone' };
    await store.commit({ kind: 'fail_queued', jobId: 'j2', error, at: T0 + 9, decision: decisionOf(), routed: null });
    const page = await store.read.deadGroups(null, { limit: 1, cursor: null });
    assert.deepEqual(
      page.items.map(({ code, lastAt }) => [code, lastAt]),
      [['plugin_missing', T0 + 9]],
    );
    const rest = await store.read.deadGroups(null, { limit: 1, cursor: page.nextCursor });
    assert.deepEqual(
      rest.items.map(({ code }) => code),
      ['internal'],
    );
    assert.deepEqual(await store.commit({ kind: 'group_dead' }), { more: false });
  });

  withStore('retries a dead letter at a later time, and records who asked', async (store) => {
    await synced(store);
    await fail(store, 'j1', { code: 'internal', message: 'a bug' });
    const runAt = T0 + 60_000;
    const retried = await store.commit({ kind: 'retry', jobId: 'j1', at: T0 + 10, runAt, by: 'api:ops' });
    assert.deepEqual(retried, { kind: 'queued' });
    assert.deepEqual(await claimIds(store, { now: runAt - 1 }), []);
    assert.deepEqual(await claimIds(store, { now: runAt }), ['j1']);
    const [decision] = (await store.read.decisions({ jobId: 'j1' }, ALL)).items;
    assert.deepEqual([decision?.code, decision?.at], ['job_retried', T0 + 10]);
    assert.deepEqual(decision?.values, { by: 'api:ops', status: 'failed', run_at: '2023-11-14T22:14:20.000Z' });
  });

  withStore('replays what has ended as a new job that knows the event of the first', async (store) => {
    await synced(store);
    const child = draftOf('j1', { sourceEventId: 'e', submittedBy: 'route:r', payload: { own: 1 } });
    // Two sources chose the same id: the event of a replay is the original's, not the latest.
    await store.commit({
      kind: 'emit',
      routed: { event: eventOf('e', { payload: 1 }), drafts: [child], decisions: [] },
    });
    const other = eventOf('e', { source: 'cli', payload: 2 });
    await store.commit({ kind: 'emit', routed: { event: other, drafts: [], decisions: [] } });
    assert.deepEqual(await replay(store, 'j1', 'j2'), { kind: 'active', status: 'queued' });
    assert.deepEqual(await replay(store, 'nobody', 'j2'), { kind: 'unknown' });
    await runToEnd(store, 'j1', settlementOf(1));
    assert.deepEqual(await replay(store, 'j1', 'j2', { sourceEventId: 'e' }), { kind: 'replayed', jobId: 'j2' });
    assert.deepEqual(await replay(store, 'j1', 'j3', { unlessReplayed: true }), {
      kind: 'replayed_before',
      jobId: 'j2',
    });
    assert.deepEqual(await store.read.replays('j1'), { replayOf: null, replays: ['j2'] });
    assert.deepEqual(await store.read.replays('j2'), { replayOf: 'j1', replays: [] });
    const { jobs } = await store.claim(request());
    assert.deepEqual(
      jobs.map(({ job, event }) => [job.id, event?.payload]),
      [['j2', 1]],
    );
    for (const jobId of ['j1', 'j2']) {
      const [decision] = (await store.read.decisions({ jobId }, ALL)).items;
      assert.equal(decision?.code, 'job_replayed');
      assert.deepEqual(decision?.values, {
        by: 'cli',
        replay_of: 'j1',
        job_id: 'j2',
        status: 'succeeded',
        edited: false,
      });
    }
  });

  withStore('tells a replay of a replay of the delivery that the first job was made of', async (store, fixture) => {
    await synced(store);
    const work = { draft: draftOf('j1', { submittedBy: 'webhook:github' }), routed: null };
    const delivery = deliveryOf('d1', { headers: { 'x-github-event': 'push' }, passesBody: true });
    await store.commit({ kind: 'deliver', delivery, work });
    await runToEnd(store, 'j1', failureOf(1, { code: 'internal', message: 'a bug' }));
    await replay(store, 'j1', 'j2');
    await runToEnd(store, 'j2', failureOf(1, { code: 'internal', message: 'a bug' }));
    await replay(store, 'j2', 'j3');
    const { jobs } = await (await fixture.reopen()).claim(request());
    assert.deepEqual(
      jobs.map((claimed) => [claimed.job.id, claimed.delivery?.endpoint, claimed.delivery?.headers]),
      [['j3', 'github', { 'x-github-event': 'push' }]],
    );
    assert.equal(Buffer.from(jobs[0]?.delivery?.body ?? []).toString(), '{}');
  });

  withStore('selects jobs by everything a filter names, oldest first, in pieces', async (store) => {
    await synced(store);
    const drafts = Array.from({ length: 1_100 }, (_, index) => draftOf(`q${index}`, { createdAt: T0 + index }));
    await store.commit({ kind: 'enqueue', drafts });
    const queued = { statuses: ['queued', 'running'] } as const;
    const first = await found(store, queued);
    assert.deepEqual([first.ids.length, first.ids[0]], [1_000, 'q0']);
    const rest = await found(store, queued, first.next ?? 0);
    assert.equal((await found(store, queued, first.places[4])).ids[0], 'q5');
    assert.deepEqual([rest.ids.length, rest.ids[0], rest.next], [100, 'q1000', null]);
    const between = await found(store, { ...queued, since: T0 + 1_090, until: T0 + 1_092 });
    assert.deepEqual([between.ids, between.next], [['q1090', 'q1091'], null]);
    assert.deepEqual((await found(store, { ...queued, since: T0 + 1_090, asOf: T0 + 1_090 })).ids, ['q1090']);
    assert.deepEqual((await found(store, { ...queued, since: T0 + 9_999 })).ids, []);

    await fail(store, 'f1', { code: 'internal', message: 'a bug' }, 'poll');
    await fail(store, 'f2', { code: 'timeout', message: 'too slow' });
    const dead = failureOf(1, { code: 'timeout', message: 'too slow' });
    await store.commit({ kind: 'enqueue', drafts: [draftOf('d1')] });
    await runToEnd(store, 'd1', { ...dead, status: 'dead' });
    const fingerprint = (await store.read.deadGroups(null, ALL)).items[0]?.fingerprint ?? null;
    const table: readonly (readonly [Partial<JobSelection>, readonly string[]])[] = [
      [{}, ['f1', 'f2', 'd1']],
      [{ statuses: ['dead'] }, ['d1']],
      [{ command: 'poll' }, ['f1']],
      [{ instance: 'beta' }, []],
      [{ errorCode: 'timeout' }, ['f2', 'd1']],
      [{ fingerprint }, ['f2', 'd1']],
      [{ fingerprint, statuses: ['dead'] }, ['d1']],
      [{ fingerprint: 'none' }, []],
      [{ fingerprint, asOf: T0 + 4 }, []],
      [{ onDesk: true, command: 'handle' }, ['f2', 'd1']],
    ];
    for (const [changes, ids] of table) {
      const { ids: selected, next } = await found(store, changes);
      assert.deepEqual([selected, next], [ids, null]);
    }
    const piece = await found(store, { statuses: ['failed', 'queued'] }, first.next ?? 0);
    assert.deepEqual(piece.ids.slice(-2), ['f1', 'f2']);
  });

  withStore('carries a command out once per owner and key, across a restart, for a day', async (store, fixture) => {
    await synced(store);
    const once = { owner: 'api:ops', key: 'k', request: 'r', at: T0 };
    const first = await store.commit({ kind: 'enqueue', drafts: [draftOf('j1')], once });
    const again = await fixture.reopen();
    assert.deepEqual(await again.commit({ kind: 'enqueue', drafts: [draftOf('j2')], once }), first);
    assert.equal(await again.read.job('j2'), null);
    const other = await again.commit({ kind: 'enqueue', drafts: [draftOf('j3')], once: { ...once, owner: 'cli' } });
    assert.deepEqual(other, [{ kind: 'admitted', jobId: 'j3' }]);
    await assert.rejects(
      again.commit({ kind: 'enqueue', drafts: [draftOf('j4')], once: { ...once, request: 'another' } }),
      { code: 'idempotency_key_reused' },
    );
    const emitted = { kind: 'emit', routed: { event: eventOf('e1'), drafts: [], decisions: [] } } as const;
    const told = await again.commit({ ...emitted, once: { ...once, key: 'e' } });
    assert.deepEqual(await again.commit({ ...emitted, once: { ...once, key: 'e' } }), told);
    const later = { ...once, at: T0 + 86_400_000 };
    assert.deepEqual(await again.commit({ kind: 'enqueue', drafts: [draftOf('j5')], once: later }), [
      { kind: 'admitted', jobId: 'j5' },
    ]);
  });

  withStore('keeps an answer under its key, and no outcome of what was refused', async (store) => {
    await synced(store);
    const key = { owner: 'cli', key: 'k', request: 'r', at: T0 };
    const asked = { owner: 'cli', key: 'k', now: T0 };
    assert.deepEqual(await replay(store, 'nobody', 'j1', { once: key }), { kind: 'unknown' });
    assert.equal(await store.read.answered(asked), null);
    await store.commit({ kind: 'enqueue', drafts: [draftOf('j1')], once: key });
    assert.deepEqual(await store.read.answered(asked), { request: 'r', answer: null });
    await store.commit({ kind: 'keep_answer', key, status: 201, body: '{"a":[1]}' });
    const answer = { status: 201, body: { a: [1] } };
    assert.deepEqual(await store.read.answered(asked), { request: 'r', answer });
    await store.commit({ kind: 'keep_answer', key: { ...key, key: 'fresh' }, status: 200, body: '1' });
    assert.deepEqual((await store.read.answered({ ...asked, key: 'fresh' }))?.answer, { status: 200, body: 1 });
    assert.equal(await store.read.answered({ ...asked, now: T0 + 86_400_000 }), null);
  });
}

async function synced(store: Store): Promise<void> {
  await syncInstances(store, [instanceOf('alpha')]);
}

function failureOf(attempt: number, error: JobError) {
  return failure(attempt, { lastError: error, attempt: attemptOf(attempt, { outcome: 'failed', error }) });
}

async function fail(store: Store, id: string, error: JobError, command = 'handle'): Promise<void> {
  await store.commit({ kind: 'enqueue', drafts: [draftOf(id, { command })] });
  await runToEnd(store, id, failureOf(1, error));
}

function replay(store: Store, of: string, id: string, changes: ReplayChanges = {}): Promise<CommandOutcomes['replay']> {
  const { unlessReplayed = false, once = null, ...draft } = changes;
  const asked = { by: 'cli', edited: false, unlessReplayed, once };
  return store.commit({ kind: 'replay', of, draft: draftOf(id, { ...draft, createdAt: T0 + 10 }), ...asked });
}
