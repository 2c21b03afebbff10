import assert from 'node:assert/strict';
import type { Delivery } from '../domain/webhook/delivery.ts';
import type { Rejection } from '../domain/webhook/rejection.ts';
import {
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
import type { DeliveryResult } from './port/deliveries.ts';
import type { Store } from './port.ts';

const PAGE = { limit: 50, cursor: null };
const ALL = { endpoint: null, failed: false };
const FINGERPRINT = 'ab'.repeat(32);

/** Delivers what becomes a job; its id is that of the delivery with `job-` before it. */
function deliver(store: Store, id: string, changes: Partial<Delivery> = {}): Promise<DeliveryResult> {
  const delivery = deliveryOf(id, changes);
  const draft = draftOf(`job-${id}`, { submittedBy: `webhook:${delivery.endpoint}` });
  return store.commit({ kind: 'deliver', delivery, work: { draft, routed: null } });
}

/** What the first delivery answered, as each repeat of it is answered. */
function repeatOf(id: string, retried = false): DeliveryResult {
  return { id, jobId: `job-${id}`, eventId: null, repeat: true, retried };
}

async function idsOf(store: Store, filter: Parameters<Store['read']['deliveries']>[0] = ALL): Promise<string[]> {
  return (await store.read.deliveries(filter, PAGE)).items.map(({ id }) => id);
}

/** The inbox: deliveries, their repeats, and what was refused. */
export function deliveryContract(withStore: WithStore): void {
  withStore('a delivery keeps every field, also after the store was opened again', async (store, fixture) => {
    const body = Uint8Array.from([0, 255, 13, 10, 0xc3, 0x28]);
    const delivery = deliveryOf('d', {
      senderId: 'ünï "1"',
      fingerprint: FINGERPRINT,
      headers: { 'x-event': 'push', __proto__: 'x' },
      query: { q: ['1', '2'] },
      contentType: null,
      format: 'raw',
      passesBody: true,
      body,
    });
    await store.commit({ kind: 'deliver', delivery, work: { draft: null, routed: null } });
    await deliver(store, 'empty', { senderId: null, body: new Uint8Array(0) });
    const again = await fixture.reopen();
    const { fingerprint: _, dedupe: __, ...fields } = delivery;
    assert.deepEqual(await again.read.delivery('d'), {
      ...fields,
      jobId: null,
      eventId: null,
      jobStatus: null,
      bodyBytes: 6,
      repeats: 0,
      lastRepeatAt: null,
    });
    const empty = await again.read.delivery('empty');
    assert.deepEqual([empty?.body.length, empty?.bodyBytes], [0, 0]);
    assert.equal(await again.read.delivery('nobody'), null);
  });

  withStore('a delivery becomes a job, an event with its jobs, or both, in one commit', async (store) => {
    const routed = {
      event: eventOf('e', { source: 'webhook:github' }),
      drafts: [draftOf('routed', { sourceEventId: 'e', submittedBy: 'route:r' })],
      decisions: [decisionOf({ eventId: 'e' })],
    };
    const draft = draftOf('direct', { submittedBy: 'webhook:github' });
    const delivery = deliveryOf('d');
    assert.deepEqual(await store.commit({ kind: 'deliver', delivery, work: { draft, routed } }), {
      id: 'd',
      jobId: 'direct',
      eventId: 'e',
      repeat: false,
      retried: false,
    });
    assert.deepEqual(
      [(await store.read.job('direct'))?.status, (await store.read.job('routed'))?.status],
      ['queued', 'queued'],
    );
    assert.equal((await store.read.event('e'))?.source, 'webhook:github');
    assert.equal((await store.read.decisions({ eventId: 'e' }, PAGE)).items.length, 1);
    const shown = await store.read.delivery('d');
    assert.deepEqual([shown?.jobId, shown?.eventId, shown?.jobStatus], ['direct', 'e', 'queued']);
  });

  withStore('a delivery whose work fails leaves nothing behind', async (store) => {
    await deliver(store, 'd');
    const draft = draftOf('job-d', { submittedBy: 'webhook:github' });
    const delivery = deliveryOf('other', { senderId: 'other' });
    await assert.rejects(store.commit({ kind: 'deliver', delivery, work: { draft, routed: null } }));
    assert.deepEqual(await idsOf(store), ['d']);
  });

  withStore('a delivery names the job that absorbed its draft', async (store) => {
    await store.commit({ kind: 'enqueue', drafts: [draftOf('holder', { dedupeKey: 'k' })] });
    const draft = draftOf('absorbed', { dedupeKey: 'k', submittedBy: 'webhook:github' });
    const result = await store.commit({ kind: 'deliver', delivery: deliveryOf('d'), work: { draft, routed: null } });
    assert.equal(result.jobId, 'holder');
    assert.equal((await store.read.delivery('d'))?.jobId, 'holder');
  });

  withStore(
    'fifty parallel copies make one job, and have one id in every answer, also after a restart',
    async (store, fixture) => {
      const copies = (at: Store, round: string) =>
        Promise.all(
          Array.from({ length: 50 }, (_, index) => deliver(at, `${round}${index}`, { senderId: 'from the sender' })),
        );
      const results = await copies(store, 'a');
      const first = results.find(({ repeat }) => !repeat);
      assert.equal(results.filter(({ repeat }) => !repeat).length, 1);
      const reopened = await fixture.reopen();
      const ids = new Set([...results, ...(await copies(reopened, 'b'))].map(({ id, jobId }) => `${id} ${jobId}`));
      assert.deepEqual([...ids], [`${first?.id} ${first?.jobId}`]);
      assert.equal((await reopened.read.jobs({ status: null, instance: null, since: null }, PAGE)).items.length, 1);
      const { items } = await reopened.read.deliveries(ALL, PAGE);
      assert.deepEqual(
        items.map(({ repeats }) => repeats),
        [99],
      );
      const decisions = await reopened.read.decisions({ jobId: first?.jobId ?? '' }, PAGE);
      assert.deepEqual(
        decisions.items.map(({ code, count }) => [code, count]),
        [['delivery_repeat', 99]],
      );
    },
  );

  withStore(
    'the same id, or the same content under another id, is a repeat; at another endpoint neither',
    async (store) => {
      const signs = { senderId: '1', fingerprint: FINGERPRINT };
      await deliver(store, 'd', signs);
      assert.deepEqual(await deliver(store, 'same-id', { ...signs, fingerprint: 'cd'.repeat(32) }), repeatOf('d'));
      const replay = await deliver(store, 'replay', { ...signs, senderId: '2', receivedAt: T0 + 7 });
      assert.deepEqual(replay, repeatOf('d'));
      assert.equal((await deliver(store, 'elsewhere', { ...signs, endpoint: 'gitea' })).repeat, false);
      assert.equal((await deliver(store, 'none', { senderId: null })).repeat, false);
      assert.equal((await deliver(store, 'none-again', { senderId: null })).repeat, false);
      const { items } = await store.read.decisions({ collapseKey: await repeatKey(store) }, PAGE);
      assert.deepEqual(items[0]?.values, {
        endpoint: 'github',
        delivery_id: 'd',
        sender_id: '2',
        by: 'fingerprint',
        remote: '203.0.113.7',
        retried: false,
      });
      const shown = await store.read.delivery('d');
      assert.deepEqual([shown?.repeats, shown?.lastRepeatAt], [2, T0 + 7]);
    },
  );

  withStore(
    'the id of the sender says more than the content where the two point to different deliveries',
    async (store) => {
      await deliver(store, 'by-content', { senderId: '1', fingerprint: FINGERPRINT });
      await deliver(store, 'by-id', { senderId: '2', fingerprint: 'cd'.repeat(32) });
      assert.deepEqual(await deliver(store, 'both', { senderId: '2', fingerprint: FINGERPRINT }), repeatOf('by-id'));
    },
  );

  withStore('without deduplication a delivery is no repeat, and no other is one of it', async (store) => {
    const signs = { senderId: '1', fingerprint: FINGERPRINT };
    await deliver(store, 'a', { ...signs, dedupe: false });
    assert.equal((await deliver(store, 'b', { ...signs, dedupe: false })).repeat, false);
    assert.equal((await deliver(store, 'c', signs)).repeat, false);
    assert.equal((await deliver(store, 'd', { ...signs, dedupe: false })).repeat, false);
    assert.deepEqual(await idsOf(store), ['d', 'c', 'b', 'a']);
  });

  withStore('two deliveries of one id are a fault of the gateway, not a repeat', async (store) => {
    await deliver(store, 'd', { senderId: null });
    await assert.rejects(deliver(store, 'd', { senderId: null }));
    assert.deepEqual(await idsOf(store), ['d']);
  });

  withStore('a repeat queues the job of the first again when it has ended badly, and only then', async (store) => {
    await syncInstances(store, [instanceOf('alpha')]);
    await deliver(store, 'd');
    const again = (id: string, receivedAt = T0) => deliver(store, id, { senderId: 'sent-d', receivedAt });
    assert.equal((await again('queued')).retried, false);
    await store.claim(request());
    assert.equal((await again('running')).retried, false);
    await store.commit({ kind: 'finish', jobId: 'job-d', attempt: 1, settlement: failure(1) });
    assert.deepEqual(await again('failed', T0 + 9), repeatOf('d', true));
    const job = await store.read.job('job-d');
    assert.deepEqual([job?.status, job?.runAt, job?.attemptsUsed, job?.attempt], ['queued', T0 + 9, 0, 1]);
    await store.claim(request({ now: T0 + 9 }));
    const dead = failure(2, { status: 'dead' });
    await store.commit({ kind: 'finish', jobId: 'job-d', attempt: 2, settlement: dead });
    assert.equal((await again('dead')).retried, true);
    await store.commit({ kind: 'cancel', jobId: 'job-d', at: T0, routed: null });
    assert.equal((await again('cancelled')).retried, true);
    await store.claim(request());
    await store.commit({ kind: 'finish', jobId: 'job-d', attempt: 3, settlement: settlementOf(3) });
    assert.equal((await again('succeeded')).retried, false);
    assert.deepEqual(await idsOf(store), ['d']);
  });

  withStore('two copies after a failure queue the job once', async (store) => {
    await syncInstances(store, [instanceOf('alpha')]);
    await deliver(store, 'd');
    await runToEnd(store, 'job-d', failure(1));
    const results = await Promise.all(['a', 'b'].map((id) => deliver(store, id, { senderId: 'sent-d' })));
    assert.deepEqual(
      results.map(({ retried }) => retried),
      [true, false],
    );
  });

  withStore('a repeat of a delivery whose job retention has removed runs nothing', async (store) => {
    await syncInstances(store, [instanceOf('alpha')]);
    await deliver(store, 'd');
    await runToEnd(store, 'job-d', failure(1));
    const keep = 10 ** 12;
    const retention = { succeededMs: keep, eventsMs: keep, decisionsMs: keep, deliveriesMs: keep, rejectionsMs: keep };
    while (await store.prune({ ...retention, deadLettersMs: 0 }, T0 + 100));
    assert.equal(await store.read.job('job-d'), null);
    assert.deepEqual(await deliver(store, 'again', { senderId: 'sent-d' }), repeatOf('d'));
    assert.equal(await store.read.job('job-again'), null);
    assert.equal((await store.read.delivery('d'))?.jobStatus, null);
  });

  withStore('an observed delivery can be run once; until then a repeat of it runs nothing', async (store) => {
    const nothing = { draft: null, routed: null };
    const observed = deliveryOf('d');
    await store.commit({ kind: 'deliver', delivery: observed, work: nothing });
    assert.deepEqual(await deliver(store, 'again', { senderId: 'sent-d' }), { ...repeatOf('d'), jobId: null });
    const draft = draftOf('late', { submittedBy: 'webhook:github' });
    const routed = { event: eventOf('e', { source: 'webhook:github' }), drafts: [], decisions: [] };
    const run = (id: string, work = { draft, routed }) => store.commit({ kind: 'run_delivery', id, work, at: T0 + 3 });
    assert.deepEqual(await run('nobody'), { kind: 'unknown' });
    assert.deepEqual(await run('d'), { kind: 'run', jobId: 'late', eventId: 'e' });
    assert.deepEqual(await run('d'), { kind: 'has_run' });
    const shown = await store.read.delivery('d');
    assert.deepEqual([shown?.jobId, shown?.eventId, shown?.body], ['late', 'e', observed.body]);
    const decisions = await store.read.decisions({ jobId: 'late' }, PAGE);
    assert.deepEqual(
      decisions.items.map(({ code, at }) => [code, at]),
      [['delivery_run', T0 + 3]],
    );
  });

  withStore(
    'a claim brings the delivery of a webhook’s job, with the body only where that is passed',
    async (store) => {
      await syncInstances(store, [instanceOf('alpha')]);
      const told = { headers: { 'x-event': 'push' }, query: { q: '1' } };
      const body = Uint8Array.from([1, 0, 2]);
      await deliver(store, 'read', { ...told, body });
      await deliver(store, 'passed', { ...told, body, passesBody: true });
      await store.commit({
        kind: 'enqueue',
        drafts: [draftOf('other'), draftOf('gone', { submittedBy: 'webhook:x' })],
      });
      const { jobs } = await store.claim(request({ slots: 9 }));
      assert.deepEqual(
        jobs.map(({ job, delivery }) => [job.id, delivery]),
        [
          ['job-read', { endpoint: 'github', ...told, body: null }],
          ['job-passed', { endpoint: 'github', ...told, body }],
          ['other', null],
          ['gone', null],
        ],
      );
      assert.deepEqual((await store.read.running())[1]?.delivery?.body, body);
    },
  );

  withStore(
    'lists of deliveries come in pages, of one endpoint, or of those whose job has ended badly',
    async (store) => {
      await syncInstances(store, [instanceOf('alpha')]);
      for (const id of ['a', 'b', 'c']) await deliver(store, id);
      await deliver(store, 'd', { endpoint: 'gitea' });
      await store.commit({ kind: 'enqueue', drafts: [draftOf('other')] });
      for (const id of ['job-a', 'job-d', 'other']) await runToEnd(store, id, failure(1));
      await runToEnd(store, 'job-b', settlementOf(1));
      const first = await store.read.deliveries(ALL, { limit: 3, cursor: null });
      assert.deepEqual(
        first.items.map(({ id, jobStatus }) => [id, jobStatus]),
        [
          ['d', 'failed'],
          ['c', 'queued'],
          ['b', 'succeeded'],
        ],
      );
      const rest = await store.read.deliveries(ALL, { limit: 3, cursor: first.nextCursor });
      assert.deepEqual([rest.items.map(({ id }) => id), rest.nextCursor], [['a'], null]);
      assert.deepEqual(await idsOf(store, { endpoint: 'github', failed: false }), ['c', 'b', 'a']);
      assert.deepEqual(await idsOf(store, { endpoint: null, failed: true }), ['d', 'a']);
      assert.deepEqual(await idsOf(store, { endpoint: 'gitea', failed: true }), ['d']);
    },
  );

  withStore('refusals are counted by endpoint, reason, client and hour', async (store) => {
    const hour = T0 - (T0 % 3_600_000) + 3_600_000;
    const rejection = (changes: Partial<Rejection>): Rejection => ({
      endpoint: 'github',
      reason: 'signature_wrong',
      remote: '203.0.113.7',
      count: 1,
      firstAt: hour,
      lastAt: hour,
      ...changes,
    });
    const count = (rejections: readonly Rejection[]) => store.commit({ kind: 'count_rejections', rejections });
    await count([rejection({ count: 2, lastAt: hour + 5 }), rejection({ reason: 'too_large', remote: null })]);
    await count([rejection({ firstAt: hour - 1, lastAt: hour + 1 }), rejection({ endpoint: 'gitea' })]);
    await count([rejection({ lastAt: hour + 3_600_000 })]);
    const { items } = await store.read.rejections({ endpoint: null }, PAGE);
    assert.deepEqual(items, [
      rejection({ lastAt: hour + 3_600_000 }),
      rejection({ endpoint: 'gitea' }),
      rejection({ reason: 'too_large', remote: null }),
      rejection({ count: 3, firstAt: hour - 1, lastAt: hour + 5 }),
    ]);
    const page = await store.read.rejections({ endpoint: 'github' }, { limit: 2, cursor: null });
    assert.deepEqual(
      page.items.map(({ reason }) => reason),
      ['signature_wrong', 'too_large'],
    );
    const rest = await store.read.rejections({ endpoint: 'github' }, { limit: 2, cursor: page.nextCursor });
    assert.deepEqual(
      rest.items.map((item) => item.count),
      [3],
    );
  });

  withStore('a flood from many addresses makes a bounded number of rows, and loses no count', async (store) => {
    const rejections = Array.from(
      { length: 1_000 },
      (_, index): Rejection => ({
        endpoint: 'github',
        reason: 'signature_missing',
        remote: `2001:db8::${index.toString(16)}`,
        count: 3,
        firstAt: T0,
        lastAt: T0,
      }),
    );
    await store.commit({ kind: 'count_rejections', rejections });
    await store.commit({ kind: 'count_rejections', rejections: rejections.slice(0, 1) });
    const { items } = await store.read.rejections({ endpoint: 'github' }, { limit: 1_000, cursor: null });
    assert.equal(items.length, 101);
    assert.deepEqual([items.find(({ remote }) => remote === null)?.count, items.at(-1)?.count], [2_700, 6]);
  });

  withStore('counts tell what each endpoint took, took again and refused since then', async (store) => {
    await deliver(store, 'old', { receivedAt: T0 - 10_000_000 });
    await deliver(store, 'a');
    await deliver(store, 'b', { receivedAt: T0 + 1 });
    for (const id of ['r1', 'r2']) await deliver(store, id, { senderId: 'sent-old', receivedAt: T0 + 5 });
    const refused = { reason: 'too_slow', remote: null, count: 4 } as const;
    const rejections = [
      { ...refused, endpoint: 'zulip', firstAt: T0, lastAt: T0 + 2 },
      { ...refused, endpoint: 'zulip', firstAt: T0 - 10_000_000, lastAt: T0 - 10_000_000 },
    ];
    await store.commit({ kind: 'count_rejections', rejections });
    assert.deepEqual(await store.read.webhookCounts(T0), [
      { endpoint: 'github', accepted: 2, repeated: 2, rejected: 0, lastAt: T0 + 5 },
      { endpoint: 'zulip', accepted: 0, repeated: 0, rejected: 4, lastAt: T0 + 2 },
    ]);
    assert.deepEqual(await store.read.webhookCounts(T0 + 6), []);
  });

  withStore('retention removes deliveries whose job has gone, and refusals by the hour', async (store) => {
    await syncInstances(store, [instanceOf('alpha')]);
    for (const id of ['done', 'failed', 'waits']) await deliver(store, id);
    const observed = { kind: 'deliver', work: { draft: null, routed: null } } as const;
    await store.commit({ ...observed, delivery: deliveryOf('observed') });
    await store.commit({ ...observed, delivery: deliveryOf('recent', { receivedAt: T0 + 9_000_000 }) });
    await deliver(store, 'repeat', { senderId: 'sent-done' });
    await runToEnd(store, 'job-done', settlementOf(1));
    await runToEnd(store, 'job-failed', failure(1));
    const refused = { endpoint: 'github', reason: 'method', remote: null, count: 1 } as const;
    const rejections = [T0, T0 + 9_000_000].map((at) => ({ ...refused, firstAt: at, lastAt: at }));
    await store.commit({ kind: 'count_rejections', rejections });
    const pruneAt = async (now: number, deadLettersMs: number) => {
      const short = { succeededMs: 1_000, eventsMs: 1_000, decisionsMs: 1_000, deliveriesMs: 1_000 };
      while (await store.prune({ ...short, deadLettersMs, rejectionsMs: 1_000 }, now));
    };
    await pruneAt(T0 + 500, 10 ** 12);
    assert.equal((await idsOf(store)).length, 5);
    await pruneAt(T0 + 9_000_000, 10 ** 12);
    assert.deepEqual(await idsOf(store), ['recent', 'waits', 'failed']);
    assert.equal((await store.read.rejections({ endpoint: null }, PAGE)).items.length, 1);
    assert.equal((await deliver(store, 'anew', { senderId: 'sent-done' })).repeat, false);
    await pruneAt(T0 + 9_000_000, 0);
    assert.deepEqual(await idsOf(store), ['anew', 'recent', 'waits']);
  });
}

async function repeatKey(store: Store): Promise<string> {
  const { items } = await store.read.decisions({ jobId: 'job-d' }, PAGE);
  return items.find(({ code }) => code === 'delivery_repeat')?.collapseKey ?? '';
}
