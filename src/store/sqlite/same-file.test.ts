import assert from 'node:assert/strict';
import { copyFileSync, existsSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { storeSite } from '../../../test/store-site.ts';
import { draftOf, instanceOf, syncInstances } from '../contract-values.ts';
import type { Store } from '../port.ts';
import { DATABASE_FILE } from './open.ts';

const site = storeSite();

/** A store with one job, and a clock that is put forward. */
async function storeAt() {
  const time = { now: 0 };
  const store = site.open({ monotonic: () => time.now });
  await syncInstances(store, [instanceOf('alpha')]);
  const enqueue = (id: string): ReturnType<Store['commit']> => store.commit({ kind: 'enqueue', drafts: [draftOf(id)] });
  await enqueue('a');
  return { store, time, enqueue, database: join(site.dir, DATABASE_FILE) };
}

test('nothing is acknowledged that goes into a file which was moved away, until it is back', async () => {
  const { store, time, enqueue, database } = await storeAt();
  renameSync(database, `${database}.aside`);
  time.now += 1_000;
  const refused = { code: 'storage_unavailable', message: /was deleted or moved while the gateway had it open$/ };
  await assert.rejects(enqueue('b'), refused);
  time.now += 10_000;
  await assert.rejects(enqueue('b'), refused);
  assert.equal(existsSync(database), false, 'no empty database takes its place');
  assert.equal(store.health().ok, false);
  renameSync(`${database}.aside`, database);
  time.now += 1_000;
  await enqueue('c');
  assert.equal(store.health().ok, true);
  await store.close();
  const again = site.open();
  assert.deepEqual([(await again.read.job('a')) !== null, await again.read.job('b')], [true, null]);
  assert.notEqual(await again.read.job('c'), null);
});

test('nothing is acknowledged that goes into a file in whose place another one lies', async () => {
  const { time, enqueue, database } = await storeAt();
  copyFileSync(database, `${database}.copy`);
  rmSync(database);
  renameSync(`${database}.copy`, database);
  time.now += 1_000;
  await assert.rejects(enqueue('b'), { code: 'storage_unavailable', message: /was replaced by another file/ });
});

test('the path is looked at once a second at most', async () => {
  const { time, enqueue, database } = await storeAt();
  time.now += 1_000;
  await enqueue('b');
  renameSync(database, `${database}.aside`);
  time.now += 999;
  await enqueue('c');
  renameSync(`${database}.aside`, database);
});
