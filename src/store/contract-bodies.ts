import assert from 'node:assert/strict';
import type { Json } from '../domain/json.ts';
import {
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
import type { Store } from './port.ts';

const LONG_AGO = 10 ** 12;
const NOTHING_GOES = {
  succeededMs: LONG_AGO,
  deadLettersMs: LONG_AGO,
  eventsMs: LONG_AGO,
  decisionsMs: LONG_AGO,
  deliveriesMs: LONG_AGO,
  rejectionsMs: LONG_AGO,
};

/** Bodies as they are sent, and what becomes of them: some are written as the store would write them. */
const BODIES: readonly { readonly text: string; readonly payload: Json }[] = [
  { text: '{"ref":"main","n":[1,2.5,null]}', payload: { ref: 'main', n: [1, 2.5, null] } },
  { text: '{ "ref": "main" }\n', payload: { ref: 'main' } },
  { text: '{"ref":"\\u0041\\ud83d\\ude00"}', payload: { ref: 'A😀' } },
  { text: '{"ref":"ünï 😀"}', payload: { ref: 'ünï 😀' } },
  { text: 'ref=main&n=1', payload: { ref: 'main', n: '1' } },
  { text: '"text"', payload: 'text' },
  { text: 'null', payload: null },
  { text: '', payload: {} },
];

/** A delivery of that body and the job and event made of it, and a job made of the event. */
async function deliverBody(store: Store, id: string, { text, payload }: (typeof BODIES)[number]): Promise<void> {
  const delivery = deliveryOf(id, { body: new TextEncoder().encode(text) });
  const event = eventOf(`event-${id}`, { source: 'webhook:github', payload });
  const caused = draftOf(`caused-${id}`, { sourceEventId: event.id, payload });
  const work = { draft: draftOf(`job-${id}`, { payload }), routed: { event, drafts: [caused], decisions: [] } };
  await store.commit({ kind: 'deliver', delivery, work });
}

/** What deliveries, jobs and events hold, wherever it is written. */
export function bodyContract(withStore: WithStore): void {
  withStore(
    'jobs and events have the payload of their delivery, however its body was written',
    async (store, fixture) => {
      await syncInstances(store, [instanceOf('alpha', { cap: 100 })]);
      for (const [index, body] of BODIES.entries()) await deliverBody(store, `d${index}`, body);
      const again = await fixture.reopen();
      const { jobs } = await again.claim(request({ slots: 100 }));
      assert.equal(jobs.length, 2 * BODIES.length);
      for (const [index, { text, payload }] of BODIES.entries()) {
        assert.deepEqual((await again.read.event(`event-d${index}`))?.payload, payload, text);
        assert.equal(new TextDecoder().decode((await again.read.delivery(`d${index}`))?.body), text);
        for (const id of [`job-d${index}`, `caused-d${index}`]) {
          assert.deepEqual(
            jobs.find(({ job }) => job.id === id)?.job.payload,
            payload,
            `${id} as it is claimed: ${text}`,
          );
          assert.deepEqual((await again.read.job(id))?.payload, payload, `${id} as it is read: ${text}`);
          await again.commit({ kind: 'finish', jobId: id, attempt: 1, settlement: failure(1) });
          assert.deepEqual((await again.read.pastAttempt(id, 1))?.job.payload, payload, `${id} afterwards: ${text}`);
        }
      }
      const { items } = await again.read.events({ type: null, source: null, jobId: null }, { limit: 50, cursor: null });
      assert.deepEqual(
        items.map((event) => event.payload),
        BODIES.map(({ payload }) => payload).toReversed(),
      );
    },
  );

  withStore('a delivery that is run later gives its job the payload', async (store) => {
    await syncInstances(store, [instanceOf('alpha')]);
    const body = new TextEncoder().encode('{"a":1}');
    const nothing = { draft: null, routed: null };
    await store.commit({ kind: 'deliver', delivery: deliveryOf('d', { body }), work: nothing });
    const work = { draft: draftOf('a', { payload: { a: 1 } }), routed: null };
    await store.commit({ kind: 'run_delivery', id: 'd', work, at: T0 });
    const [claimed] = (await store.claim(request())).jobs;
    assert.deepEqual(claimed?.job.payload, { a: 1 });
  });

  withStore('a draft that a delivered job absorbs is compared with its payload', async (store) => {
    const payload = { a: 1 };
    const body = new TextEncoder().encode('{"a":1}');
    const draft = draftOf('holder', { dedupeKey: 'k', payload });
    await store.commit({ kind: 'deliver', delivery: deliveryOf('d', { body }), work: { draft, routed: null } });
    const again = { ...draft, id: 'same' };
    const other = { ...draft, id: 'other', payload: { a: 2 } };
    assert.deepEqual(await store.commit({ kind: 'enqueue', drafts: [again, other] }), [
      { kind: 'duplicate', jobId: 'holder', status: 'queued', payloadDiffers: false },
      { kind: 'duplicate', jobId: 'holder', status: 'queued', payloadDiffers: true },
    ]);
    // The delivery that made it has its payload, not one that was absorbed.
    const absorbed = deliveryOf('absorbed', { body: new TextEncoder().encode('{"a":2}') });
    await store.commit({ kind: 'deliver', delivery: absorbed, work: { draft: other, routed: null } });
    assert.deepEqual((await store.read.job('holder'))?.payload, payload);
  });

  withStore('a replay has its payload though the first job, its event and the delivery may go', async (store) => {
    await syncInstances(store, [instanceOf('alpha')]);
    const payload = { a: 1 };
    const delivery = deliveryOf('d', { body: new TextEncoder().encode('{"a":1}') });
    await store.commit({ kind: 'deliver', delivery, work: { draft: draftOf('first', { payload }), routed: null } });
    await runToEnd(store, 'first', failure(1));
    const draft = draftOf('again', { payload, createdAt: T0 + 1 });
    await store.commit({ kind: 'replay', of: 'first', draft, by: 'cli', edited: false, unlessReplayed: false });
    const retention = { ...NOTHING_GOES, deadLettersMs: 0, deliveriesMs: 0 };
    while (await store.prune(retention, T0 + 86_400_000));
    assert.equal(await store.read.job('first'), null);
    assert.deepEqual((await store.read.job('again'))?.payload, payload);
  });

  withStore('a delivery stays as long as a job or an event that has its payload there', async (store) => {
    await syncInstances(store, [instanceOf('alpha')]);
    const [body = { text: '', payload: null }] = BODIES;
    await deliverBody(store, 'd', body);
    const ended = async (id: string) => {
      await runToEnd(store, id, settlementOf(1));
    };
    const prune = async (changes: Partial<typeof NOTHING_GOES>) => {
      while (await store.prune({ ...NOTHING_GOES, ...changes }, T0 + 86_400_000));
    };
    await ended('job-d');
    await prune({ succeededMs: 0, eventsMs: 0, deliveriesMs: 0 });
    assert.equal(await store.read.job('job-d'), null);
    assert.deepEqual((await store.read.event('event-d'))?.payload, body.payload);
    assert.deepEqual((await store.read.job('caused-d'))?.payload, body.payload);
    await ended('caused-d');
    await prune({ succeededMs: 0, deliveriesMs: 0 });
    assert.deepEqual((await store.read.event('event-d'))?.payload, body.payload);
    await prune({ eventsMs: 0, deliveriesMs: 0 });
    assert.equal(await store.read.event('event-d'), null);
    // What was looked at before its event went goes in the next pass.
    await prune({ deliveriesMs: 0 });
    assert.equal(await store.read.delivery('d'), null);
  });
}
