import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { storeContract } from '../contract.ts';
import {
  claimIds,
  draftOf,
  eventOf,
  instanceOf,
  request,
  settlementOf,
  syncInstances,
  T0,
} from '../contract-values.ts';
import type { Store } from '../port.ts';
import { Connection } from './connection.ts';
import { DATABASE_FILE, openSqliteStore } from './open.ts';

storeContract({
  name: 'SQLite',
  async open() {
    const dir = mkdtempSync(join(tmpdir(), 'ductile-store-'));
    let store = openSqliteStore({ dir });
    return {
      store,
      async reopen() {
        await store.close();
        store = openSqliteStore({ dir });
        return store;
      },
      async dispose() {
        await store.close();
        rmSync(dir, { recursive: true, force: true });
      },
    };
  },
});

let dir: string;
let opened: Store[];

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'ductile-store-'));
  opened = [];
});
afterEach(async () => {
  await Promise.all(opened.map((store) => store.close()));
  rmSync(dir, { recursive: true, force: true });
});

function open(options: Partial<Parameters<typeof openSqliteStore>[0]> = {}): Store {
  const store = openSqliteStore({ dir, ...options });
  opened.push(store);
  return store;
}

test('a claim waits for another process that writes, then claims', async () => {
  const store = open({ busyTimeoutMs: 0 });
  await syncInstances(store, [instanceOf('alpha')]);
  await store.commit({ kind: 'enqueue', drafts: [draftOf('a')] });
  const other = new Connection(join(dir, DATABASE_FILE));
  other.exec('BEGIN IMMEDIATE');
  await assert.rejects(store.claim(request()), { code: 'storage_unavailable' });
  other.exec('ROLLBACK');
  other.close();
  assert.deepEqual(await claimIds(store), ['a']);
});

test('jobs of a batch that was committed are told although the next batch fails', async () => {
  const store = open({ busyTimeoutMs: 0 });
  await syncInstances(store, [instanceOf('alpha', { cap: 1_000 })]);
  const drafts = Array.from({ length: 600 }, (_, index) => draftOf(`job${index}`, { runAt: T0 + 1 }));
  await store.commit({ kind: 'enqueue', drafts });
  const claiming = store.claim(request({ slots: 600, now: T0 + 1 }));
  const other = new Connection(join(dir, DATABASE_FILE));
  other.exec('BEGIN IMMEDIATE');
  const { jobs, nextAt, held } = await claiming;
  other.exec('ROLLBACK');
  other.close();
  assert.deepEqual([jobs.length, nextAt, held], [500, T0 + 1, []]);
  assert.equal((await store.read.running()).length, 500);
  assert.equal((await claimIds(store, { slots: 600, now: T0 + 1 })).length, 100);
});

test('only a barrier answers for claims: another commit may have had nothing to sync', async () => {
  const store = open();
  await syncInstances(store, [instanceOf('alpha')]);
  await store.commit({ kind: 'enqueue', drafts: [draftOf('a'), draftOf('b')] });
  await store.claim(request());
  await store.commit({ kind: 'retry', jobId: 'b', at: T0 });
  const { syncs } = store.counters();
  await store.commit({ kind: 'barrier' });
  assert.equal(store.counters().syncs, syncs + 1);
  const passed = store.commit({ kind: 'barrier' });
  await store.claim(request());
  await passed;
  await store.commit({ kind: 'barrier' });
  assert.equal(store.counters().syncs, syncs + 2);
});

test('decisions of the store itself are masked by whatever is secret at that time', async () => {
  let secret = 'hunter22';
  const store = open({ mask: (text) => text.replaceAll(secret, '***') });
  const decide = async (key: string) => {
    await store.commit({ kind: 'enqueue', drafts: [draftOf(`first ${key}`, { dedupeKey: key })] });
    await store.commit({ kind: 'enqueue', drafts: [draftOf(`second ${key}`, { dedupeKey: key })] });
    const routed = { event: eventOf(`event ${key}`, { type: key }), drafts: [], decisions: [] };
    await store.commit({ kind: 'emit', routed });
    await store.commit({ kind: 'emit', routed });
  };
  await decide('hunter22');
  secret = 'correct horse';
  await decide('correct horse');
  const { items } = await store.read.decisions({}, { limit: 10, cursor: null });
  assert.equal(items.length, 4);
  for (const { text, values, collapseKey } of items) {
    assert.doesNotMatch(JSON.stringify({ text, values, collapseKey }), /hunter22|correct horse/);
    assert.match(text, /\*\*\*/);
    assert.match(JSON.stringify(values), /\*\*\*/);
  }
});

test('a job that was passed the payload of its event shares its row, until retention has removed both', async () => {
  const store = open();
  await syncInstances(store, [instanceOf('alpha', { cap: 10 })]);
  const event = eventOf('event', { payload: { text: 'as it came' } });
  const from = { sourceEventId: 'event' };
  const drafts = [
    draftOf('passed', { ...from, payload: event.payload, dedupeKey: 'k' }),
    draftOf('mapped', { ...from, payload: { text: 'another' } }),
  ];
  await store.commit({ kind: 'emit', routed: { event, drafts, decisions: [] } });
  const db = new Connection(join(dir, DATABASE_FILE), { readOnly: true });
  const count = (table: string) => db.get<{ n: number }>(`SELECT count(*) AS n FROM ${table}`)?.n;
  assert.equal(count('payloads'), 1);

  const repeat = draftOf('repeat', { dedupeKey: 'k', payload: { text: 'as it came' } });
  const [admission] = await store.commit({ kind: 'enqueue', drafts: [repeat] });
  assert.deepEqual(admission, { kind: 'duplicate', jobId: 'passed', status: 'queued', payloadDiffers: false });
  assert.deepEqual((await store.read.job('passed'))?.payload, { text: 'as it came' });
  const { jobs } = await store.claim(request({ slots: 2 }));
  assert.deepEqual(
    jobs.map(({ job }) => job.payload),
    [{ text: 'as it came' }, { text: 'another' }],
  );

  for (const { job } of jobs) {
    await store.commit({ kind: 'finish', jobId: job.id, attempt: 1, settlement: settlementOf(1) });
  }
  const retention = { succeededMs: 0, deadLettersMs: 0, eventsMs: 0, decisionsMs: 0, deliveriesMs: 0, rejectionsMs: 0 };
  while (await store.prune(retention, T0 + 10 ** 9));
  assert.deepEqual(['jobs', 'payloads', 'events'].map(count), [0, 0, 0]);
  db.close();
});
