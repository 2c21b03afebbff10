import assert from 'node:assert/strict';
import { closeSync, openSync, statSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { storeSite } from '../../../test/store-site.ts';
import { claimIds, draftOf, instanceOf, syncInstances } from '../contract-values.ts';
import type { Store } from '../port.ts';
import { Connection } from './connection.ts';
import { DATABASE_FILE, openSqliteStore } from './open.ts';

/** What the log may keep on the disk once nobody reads any more. */
const WAL_BOUND_BYTES = 16 * 1_048_576;

const site = storeSite();
const { open, copyAsAfterCrash } = site;

/** Makes the header count free pages that there are not (https://sqlite.org/fileformat.html). */
function damage(): void {
  const file = openSync(join(site.dir, DATABASE_FILE), 'r+');
  writeSync(file, Buffer.from([0, 0, 0, 99]), 0, 4, 36);
  closeSync(file);
}

/** A damaged database whose gateway died. */
async function damagedCopy(): Promise<string> {
  await open().close();
  damage();
  await open().commit({ kind: 'enqueue', drafts: [draftOf('last')] });
  return copyAsAfterCrash();
}

async function fill(store: Store, name: string, jobs = 20): Promise<void> {
  for (let n = 0; n < jobs; n += 1) {
    await store.commit({ kind: 'enqueue', drafts: [draftOf(`${name}${n}`, { payload: 'x'.repeat(1_000_000) })] });
  }
}

test('a long reader keeps nobody from writing, and once it has gone the log goes back to its bound', async () => {
  const store = open();
  await fill(store, 'before', 2);
  const reader = new Connection(join(site.dir, DATABASE_FILE), { readOnly: true });
  reader.exec('BEGIN');
  reader.get('SELECT count(*) FROM jobs');
  const wal = join(site.dir, `${DATABASE_FILE}-wal`);
  await fill(store, 'during', 30);
  assert.ok(statSync(wal).size > WAL_BOUND_BYTES, 'the reader did not make the log grow');
  reader.exec('COMMIT');
  reader.close();
  await fill(store, 'after', 12);
  assert.ok(statSync(wal).size <= WAL_BOUND_BYTES, `${statSync(wal).size} bytes`);
  assert.deepEqual(store.health(), { ok: true, since: null, message: null });
});

test('a burst does not let the log grow beyond its bound', async () => {
  const store = open();
  await fill(store, 'a', 40);
  assert.ok(statSync(join(site.dir, `${DATABASE_FILE}-wal`)).size <= WAL_BOUND_BYTES);
});

test('a database that was damaged when the gateway died is refused, and what to do is said', async () => {
  const copy = await damagedCopy();
  assert.throws(() => openSqliteStore({ dir: copy }), { code: 'storage_damaged', hint: /\.recover/ });
});

test('a large one is checked beside the work, and damage is told', async (t) => {
  const copy = await damagedCopy();
  const told = Promise.withResolvers<string>();
  const tell = (msg: string): void => told.resolve(msg);
  const log = { debug() {}, info() {}, warn: tell, error: tell, child: () => log };
  const damaged = open({ dir: copy, checkedFirstBytes: 0, log });
  // The thread of the check keeps no process alive, this one included.
  const alive = setInterval(() => {}, 1_000);
  t.after(() => clearInterval(alive));
  assert.match(await told.promise, /the database is damaged/);
  assert.equal(damaged.health().ok, false);
});

test('a claim that the storage refuses leaves its job queued', async () => {
  const store: Store = open();
  await syncInstances(store, [instanceOf('alpha')]);
  await store.commit({ kind: 'enqueue', drafts: [draftOf('a')] });
  const other = new Connection(join(site.dir, DATABASE_FILE), { busyTimeoutMs: 0 });
  other.exec('BEGIN IMMEDIATE');
  await store.close();
  const waiting = openSqliteStoreWithoutWaiting();
  await assert.rejects(claimIds(waiting), { code: 'storage_unavailable' });
  other.exec('ROLLBACK');
  other.close();
  assert.deepEqual(await claimIds(waiting), ['a']);
});

function openSqliteStoreWithoutWaiting(): Store {
  return open({ busyTimeoutMs: 0 });
}
