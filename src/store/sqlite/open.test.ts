import assert from 'node:assert/strict';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { leaveOldDatabase } from '../../../test/old-database.ts';
import { storeSite } from '../../../test/store-site.ts';
import {
  claimIds,
  deliveryOf,
  draftOf,
  instanceOf,
  request,
  settlementOf,
  syncInstances,
  T0,
} from '../contract-values.ts';
import type { Store } from '../port.ts';
import { Connection } from './connection.ts';
import { bundledMigrations } from './migrate.ts';
import { DATABASE_FILE } from './open.ts';

const NEXT_VERSION = (bundledMigrations().at(-1)?.version ?? 0) + 1;

const site = storeSite();
const { open, copyAsAfterCrash } = site;

/** The bytes of every file of the database that a write would change. */
function contents(): string {
  const files = readdirSync(site.dir).filter((name) => !name.endsWith('-shm'));
  return files.map((name) => `${name} ${readFileSync(join(site.dir, name)).toString('latin1')}`).join('\n');
}

test('the directory and every file in it belong to their owner alone', async () => {
  mkdirSync(site.dir, { mode: 0o755 });
  const store = open();
  await store.commit({ kind: 'enqueue', drafts: [draftOf('a')] });
  assert.equal(statSync(site.dir).mode & 0o777, 0o700);
  for (const file of readdirSync(site.dir)) assert.equal(statSync(join(site.dir, file)).mode & 0o777, 0o600, file);
  assert.equal(readdirSync(site.dir).length, 3);
});

test('fifty concurrent enqueues share few syncs', async () => {
  const store = open();
  const before = store.counters().syncs;
  await Promise.all(
    Array.from({ length: 50 }, (_, n) => store.commit({ kind: 'enqueue', drafts: [draftOf(`job${n}`)] })),
  );
  const syncs = store.counters().syncs - before;
  assert.ok(syncs >= 1 && syncs <= 10, `${syncs} syncs`);
});

test('a copy of the files taken at any time holds every acknowledged job', async () => {
  const store = open();
  const acknowledged: string[] = [];
  await Promise.all(
    Array.from({ length: 20 }, async (_, n) => {
      await store.commit({ kind: 'enqueue', drafts: [draftOf(`job${n}`)] });
      acknowledged.push(`job${n}`);
    }),
  );
  const copy = open({ dir: copyAsAfterCrash() });
  for (const id of acknowledged) assert.equal((await copy.read.job(id))?.status, 'queued');
});

test('a claim does not sync, a barrier after it does, and one with nothing to do does not', async () => {
  const store = open();
  await syncInstances(store, [instanceOf('alpha')]);
  await store.commit({ kind: 'enqueue', drafts: [draftOf('a')] });
  const { syncs, transactions } = store.counters();
  assert.deepEqual(await claimIds(store), ['a']);
  assert.deepEqual([store.counters().syncs, store.counters().transactions], [syncs, transactions + 1]);
  await Promise.all([store.commit({ kind: 'barrier' }), store.commit({ kind: 'barrier' })]);
  assert.equal(store.counters().syncs, syncs + 1);
  await store.commit({ kind: 'barrier' });
  assert.equal(store.counters().syncs, syncs + 1);
  const copy = open({ dir: copyAsAfterCrash() });
  assert.equal((await copy.read.job('a'))?.status, 'running');
});

test('a claim, a prune and a stale finish that find nothing to do write nothing', async () => {
  const store = open();
  await syncInstances(store, [instanceOf('alpha', { cap: 0 })]);
  await store.commit({ kind: 'enqueue', drafts: [draftOf('a'), draftOf('b', { runAt: T0 + 9 })] });
  const before = { contents: contents(), transactions: store.counters().transactions };
  await store.claim(request({ slots: 5 }));
  await store.prune(
    { succeededMs: 0, deadLettersMs: 0, eventsMs: 0, decisionsMs: 0, deliveriesMs: 0, rejectionsMs: 0 },
    T0,
  );
  await store.commit({ kind: 'finish', jobId: 'a', attempt: 1, settlement: settlementOf(1) });
  assert.deepEqual({ contents: contents(), transactions: store.counters().transactions }, before);
});

test('evidence of an attempt cannot be written a second time', async () => {
  const store = open();
  await syncInstances(store, [instanceOf('alpha')]);
  await store.commit({ kind: 'enqueue', drafts: [draftOf('a')] });
  await store.claim(request());
  await store.commit({ kind: 'finish', jobId: 'a', attempt: 1, settlement: settlementOf(1) });
  const db = new Connection(join(site.dir, DATABASE_FILE));
  db.run("UPDATE jobs SET status = 'running', owner = 'x', completed_at = NULL WHERE id = 'a'");
  db.close();
  await assert.rejects(
    store.commit({ kind: 'finish', jobId: 'a', attempt: 1, settlement: settlementOf(1) }),
    /UNIQUE constraint failed: attempts/,
  );
  assert.equal((await store.read.job('a'))?.status, 'running');
});

test('a settlement that the table of transitions does not allow is refused', async () => {
  const store = open();
  await syncInstances(store, [instanceOf('alpha')]);
  await store.commit({ kind: 'enqueue', drafts: [draftOf('a')] });
  await store.claim(request());
  const settlement = settlementOf(1, { status: 'running', completedAt: null });
  await assert.rejects(
    store.commit({ kind: 'finish', jobId: 'a', attempt: 1, settlement }),
    /cannot leave its job running/,
  );
  const wrong = settlementOf(2);
  await assert.rejects(
    store.commit({ kind: 'finish', jobId: 'a', attempt: 1, settlement: wrong }),
    /settled as attempt 1/,
  );
  assert.deepEqual(await store.read.attempts('a'), []);
});

test('a closed store says so, and closing it commits what was submitted', async () => {
  const store = open();
  const pending = store.commit({ kind: 'enqueue', drafts: [draftOf('a')] });
  await store.close();
  await pending;
  await store.close();
  await assert.rejects(store.commit({ kind: 'barrier' }), { code: 'storage_unavailable' });
  assert.notEqual(await open().read.job('a'), null);
});

test('opened for reading it shows what is there and refuses to write', async () => {
  const store = open();
  await syncInstances(store, [instanceOf('alpha')]);
  await store.commit({ kind: 'enqueue', drafts: [draftOf('a')] });
  for (const gatewayRuns of [true, false]) {
    if (!gatewayRuns) await store.close();
    const before = readFileSync(join(site.dir, DATABASE_FILE)).toString('latin1');
    const reading = open({ readOnly: true });
    assert.equal((await reading.read.job('a'))?.status, 'queued');
    await assert.rejects(reading.commit({ kind: 'barrier' }), { code: 'storage_unavailable' });
    await assert.rejects(reading.claim(request()), { code: 'storage_unavailable' });
    assert.equal(reading.counters().calls, 3);
    await reading.close();
    assert.equal(readFileSync(join(site.dir, DATABASE_FILE)).toString('latin1'), before);
  }
});

test('opened for reading after a crash it shows what was acknowledged', async () => {
  const store = open();
  await store.commit({ kind: 'enqueue', drafts: [draftOf('a')] });
  const copy = open({ dir: copyAsAfterCrash(), readOnly: true });
  assert.notEqual(await copy.read.job('a'), null);
});

test('opened for reading without a database there is nothing to see, and nothing is made', async () => {
  const reading = open({ readOnly: true });
  assert.equal(await reading.read.job('a'), null);
  assert.deepEqual(await reading.read.counts(T0), []);
  assert.equal(existsSync(site.dir), false);
});

test('a newer schema is refused, for writing and for reading', async () => {
  await open().close();
  const db = new Connection(join(site.dir, DATABASE_FILE));
  db.exec('PRAGMA user_version = 999');
  db.close();
  assert.throws(() => open(), { code: 'schema_newer' });
  assert.throws(() => open({ readOnly: true }), { code: 'schema_newer' });
});

test('an older schema is not read before a gateway has upgraded it', async () => {
  leaveOldDatabase(site.dir, { schema: bundledMigrations().length - 1, jobs: [] });
  assert.throws(() => open({ readOnly: true }), { code: 'schema_older' });
  await open().close();
  await open({ readOnly: true }).close();
});

test('an upgrade keeps a copy of the database as it was', async () => {
  const store = open();
  await store.commit({ kind: 'enqueue', drafts: [draftOf('a')] });
  await store.close();
  assert.deepEqual(readdirSync(site.dir), [DATABASE_FILE]);
  const next = {
    version: NEXT_VERSION,
    name: 'more.sql',
    sql: "CREATE TABLE more (n INTEGER) STRICT; UPDATE payloads SET payload = '0';",
  };
  await open({ migrations: [...bundledMigrations(), next] }).close();
  const backup = `${DATABASE_FILE}.before-upgrade-from-${NEXT_VERSION - 1}`;
  assert.deepEqual(readdirSync(site.dir), [DATABASE_FILE, backup]);
  assert.equal(statSync(join(site.dir, backup)).mode & 0o777, 0o600);
  const copy = new Connection(join(site.dir, backup), { readOnly: true });
  assert.notEqual(copy.get<{ payload: string }>('SELECT payload FROM payloads')?.payload, '0');
  copy.close();
});

test('an upgrade from before there were deliveries keeps the jobs and takes deliveries', async () => {
  leaveOldDatabase(site.dir, { schema: 6, jobs: [draftOf('a')] });
  const store = open();
  assert.equal((await store.read.job('a'))?.status, 'queued');
  const draft = draftOf('b', { submittedBy: 'webhook:github' });
  await store.commit({ kind: 'deliver', delivery: deliveryOf('d'), work: { draft, routed: null } });
  await store.commit({ kind: 'cancel', jobId: 'b', at: T0, routed: null });
  const { items } = await store.read.deliveries({ endpoint: null, failed: true }, { limit: 9, cursor: null });
  assert.deepEqual(
    items.map(({ id }) => id),
    ['d'],
  );
});

test('a delivery that was committed and not answered is a repeat in the copy that a crash leaves', async () => {
  const deliver = (store: Store, id: string) => {
    const draft = draftOf(`job-${id}`, { submittedBy: 'webhook:github' });
    const delivery = deliveryOf(id, { senderId: 'one' });
    return store.commit({ kind: 'deliver', delivery, work: { draft, routed: null } });
  };
  await deliver(open(), 'first');
  const copy = open({ dir: copyAsAfterCrash() });
  const again = await deliver(copy, 'again');
  assert.deepEqual([again.id, again.jobId, again.repeat], ['first', 'job-first', true]);
});

test('counting refused requests costs no sync', async () => {
  const store = open();
  const kind = { endpoint: 'github', reason: 'signature_wrong', remote: null } as const;
  const rejections = [{ ...kind, count: 9, firstAt: T0, lastAt: T0 }];
  const { syncs, transactions } = store.counters();
  await store.commit({ kind: 'count_rejections', rejections });
  assert.deepEqual([store.counters().syncs, store.counters().transactions], [syncs, transactions + 1]);
  await store.close();
  assert.equal((await open().read.rejections({ endpoint: null }, { limit: 9, cursor: null })).items[0]?.count, 9);
});

test('a migration that fails leaves the database as it was', async () => {
  await open().close();
  const broken = {
    version: NEXT_VERSION,
    name: 'broken.sql',
    sql: 'CREATE TABLE half (n INTEGER) STRICT; SELECT nonsense;',
  };
  assert.throws(() => open({ migrations: [...bundledMigrations(), broken] }), /nonsense/);
  const db = new Connection(join(site.dir, DATABASE_FILE));
  assert.equal(db.get<{ user_version: number }>('PRAGMA user_version')?.user_version, NEXT_VERSION - 1);
  assert.equal(db.get("SELECT 1 FROM sqlite_schema WHERE name = 'half'"), undefined);
  db.close();
});

test('what cannot hold a database is told as an operator error', () => {
  mkdirSync(site.dir);
  writeFileSync(join(site.dir, DATABASE_FILE), 'not a database, but long enough to be taken for one'.repeat(100));
  assert.throws(() => open(), { code: 'storage_damaged' });
  assert.throws(() => open({ dir: join(site.dir, DATABASE_FILE) }), { code: 'storage_unavailable' });
});

test('a folder that this user may not look into is an error, not an empty store', {
  skip: process.geteuid?.() === 0,
}, () => {
  open().close();
  chmodSync(site.dir, 0o000);
  try {
    assert.throws(() => open({ readOnly: true }), { code: 'permission_denied' });
  } finally {
    chmodSync(site.dir, 0o700);
  }
});
