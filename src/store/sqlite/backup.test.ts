import assert from 'node:assert/strict';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { leaveOldDatabase } from '../../../test/old-database.ts';
import { storeSite } from '../../../test/store-site.ts';
import { draftOf, T0 } from '../contract-values.ts';
import type { BackupRequest } from '../port/backups.ts';
import type { Store } from '../port.ts';
import { Connection } from './connection.ts';
import { inspectBackup } from './inspect-backup.ts';
import { bundledMigrations } from './migrate.ts';
import { DATABASE_FILE } from './open.ts';
import { restoreBackup } from './restore.ts';

const site = storeSite();
const { open } = site;
const MIGRATIONS = bundledMigrations();
const RETENTION = {
  succeededMs: 0,
  deadLettersMs: 0,
  eventsMs: 0,
  decisionsMs: 0,
  deliveriesMs: 0,
  rejectionsMs: 0,
};

const path = (name: string): string => join(site.root, name);

function request(name: string, more: Partial<BackupRequest> = {}): BackupRequest {
  return { file: path(name), replace: false, gateway: 'home', at: T0, ...more };
}

async function storeWith(...ids: readonly string[]): Promise<Store> {
  const store = open();
  await Promise.all(ids.map((id) => store.commit({ kind: 'enqueue', drafts: [draftOf(id)] })));
  return store;
}

async function copyWith(id: string): Promise<string> {
  const store = await storeWith(id);
  await store.backup(request('backup'));
  await store.close();
  return path('backup');
}

test('a backup is one file of its owner alone that describes itself, and holds what was acknowledged before', async () => {
  const store = await storeWith('a', 'b');
  const made = await store.backup(request('backup'));
  await store.commit({ kind: 'enqueue', drafts: [draftOf('later')] });
  assert.deepEqual(readdirSync(site.root).toSorted(), ['backup', 'state']);
  assert.equal(statSync(made.file).mode & 0o777, 0o600);
  const facts = { file: path('backup'), schema: MIGRATIONS.at(-1)?.version, jobs: 2, gateway: 'home', at: T0 };
  assert.deepEqual(made, { ...facts, bytes: statSync(made.file).size });
  assert.deepEqual(inspectBackup(made.file, MIGRATIONS), made);
});

test('jobs that are acknowledged while a backup is made are in it or not, each whole', async () => {
  const store = await storeWith('first');
  let done = false;
  const making = store.backup(request('backup')).finally(() => {
    done = true;
  });
  let count = 0;
  while (!done) {
    count += 1;
    await store.commit({ kind: 'enqueue', drafts: [draftOf(`job-${count}`)] });
  }
  const { jobs } = await making;
  assert.ok(jobs >= 1 && jobs <= count + 1);
  assert.equal(inspectBackup(path('backup'), MIGRATIONS).jobs, jobs);
});

test('a store that is opened for reading makes backups, too; without a database there is nothing to copy', async () => {
  await (await storeWith('a')).close();
  assert.equal((await open({ readOnly: true }).backup(request('backup'))).jobs, 1);
  const empty = open({ dir: path('none'), readOnly: true });
  await assert.rejects(empty.backup(request('other')), { code: 'not_found' });
});

test('a file that is there is kept, unless it is to be replaced', async () => {
  const store = await storeWith('a');
  writeFileSync(path('backup'), 'mine');
  await assert.rejects(store.backup(request('backup')), { code: 'file_exists' });
  assert.equal(readFileSync(path('backup'), 'utf8'), 'mine');
  assert.equal((await store.backup(request('backup', { replace: true }))).jobs, 1);
  const itself = join('state', DATABASE_FILE);
  await assert.rejects(store.backup(request(itself, { replace: true })), { code: 'file_exists' });
});

test('a backup that cannot be made leaves nothing behind', async () => {
  const store = await storeWith('a');
  await assert.rejects(store.backup(request('none/backup')), { code: 'backup_failed' });
  writeFileSync(path('file'), '');
  await assert.rejects(store.backup(request('file/backup')), { code: 'backup_failed' });
  await assert.rejects(store.backup(request('backup', { signal: AbortSignal.abort() })), { code: 'draining' });
  assert.deepEqual(readdirSync(site.root).toSorted(), ['file', 'state']);
});

test('a folder that this user may not write to is told of', { skip: process.geteuid?.() === 0 }, async () => {
  const store = await storeWith('a');
  mkdirSync(path('closed'), { mode: 0o500 });
  await assert.rejects(store.backup(request('closed/backup')), { code: 'backup_failed' });
  chmodSync(path('closed'), 0o700);
});

test('what a backup was cut short in does not stand in the way of the next', async () => {
  const store = await storeWith('a');
  writeFileSync(path('backup.part'), 'half of one');
  assert.equal((await store.backup(request('backup'))).jobs, 1);
  assert.equal(existsSync(path('backup.part')), false);
});

test('a restore puts the backup in the place of the database and keeps the one before, with what its log held', async () => {
  const file = await copyWith('a');
  const store = await storeWith('later');
  const after = site.copyAsAfterCrash();
  await store.close();
  const { backup, kept } = restoreBackup({ dir: after, file, paused: false, at: T0 });
  assert.equal(backup.jobs, 1);
  assert.equal(kept, join(after, `${DATABASE_FILE}.before-restore-20231114T221320Z`));
  const restored = open({ dir: after });
  assert.notEqual(await restored.read.job('a'), null);
  assert.equal(await restored.read.job('later'), null);
  const before = new Connection(kept ?? '');
  assert.equal(before.get<{ count: number }>('SELECT count(*) AS count FROM jobs')?.count, 2);
  before.close();
  assert.equal(statSync(join(after, DATABASE_FILE)).mode & 0o777, 0o600);
});

test('a restore takes no kept database away, though two come within a second', async () => {
  const file = await copyWith('a');
  const store = await storeWith('later');
  const dir = site.copyAsAfterCrash();
  await store.close();
  const first = restoreBackup({ dir, file, paused: false, at: T0 }).kept ?? assert.fail();
  const second = restoreBackup({ dir, file, paused: false, at: T0 + 1 }).kept ?? assert.fail();
  const jobsIn = (path: string): number => {
    const db = new Connection(path);
    const { count } = db.get<{ count: number }>('SELECT count(*) AS count FROM jobs') ?? assert.fail();
    db.close();
    return count;
  };
  assert.deepEqual([second, jobsIn(first), jobsIn(second)], [`${first}-2`, 2, 1]);
});

test('after a restore no number of a change means something else than before', async () => {
  const file = await copyWith('a');
  const store = await storeWith('later');
  const { newest: told } = await store.read.changesKept();
  const after = site.copyAsAfterCrash();
  await store.close();
  restoreBackup({ dir: after, file, paused: false, at: T0 });
  const restored = open({ dir: after });
  const { oldest, newest } = await restored.read.changesKept();
  assert.ok(oldest - 1 > told, `${oldest} after ${told}`);
  const { changes } = await restored.read.changes({ after: oldest - 1, upTo: newest, limit: 10 });
  assert.deepEqual(
    changes.map((change) => (change.kind === 'gateway' ? change.became : change.kind)),
    ['restored'],
  );
});

test('a restored database bears no header, and starts nothing if it was to be paused', async () => {
  const file = await copyWith('a');
  const dir = path('new');
  mkdirSync(dir);
  assert.equal(restoreBackup({ dir, file, paused: true, at: T0 }).kept, null);
  const store = open({ dir });
  assert.equal((await store.read.standings()).pausedAt, T0);
  const { tables } = await store.stats(RETENTION, T0);
  assert.ok(tables.every(({ table }) => table !== 'backup_header'));
});

test('an older schema is restored, and brought up to date by the next start', async () => {
  leaveOldDatabase(site.dir, { schema: 6, jobs: [draftOf('a')] });
  renameSync(join(site.dir, DATABASE_FILE), path('backup'));
  restoreBackup({ dir: site.dir, file: path('backup'), paused: false, at: T0 });
  assert.equal((await open().read.job('a'))?.status, 'queued');
});

test('a plain copy of a database is restored, with the log beside it', async () => {
  const store = await storeWith('a');
  const copy = site.copyAsAfterCrash();
  await store.close();
  const facts = inspectBackup(join(copy, DATABASE_FILE), MIGRATIONS);
  assert.deepEqual([facts.jobs, facts.gateway, facts.at], [1, null, null]);
});

test('what is no backup, is damaged or too new is refused before anything is touched', async () => {
  const file = await copyWith('a');
  const bytes = readFileSync(file);
  writeFileSync(path('text'), 'service: {}\n'.repeat(100));
  const foreign = new Connection(path('foreign'));
  foreign.exec('CREATE TABLE notes (text TEXT)');
  foreign.close();
  const middle = Math.floor(bytes.length / 8_192) * 4_096;
  writeFileSync(
    path('flipped'),
    Buffer.concat([bytes.subarray(0, middle), Buffer.alloc(8_192, 0xa5), bytes.subarray(middle + 8_192)]),
  );
  writeFileSync(path('short'), bytes);
  truncateSync(path('short'), Math.floor(bytes.length / 2));
  writeFileSync(path('newer'), bytes);
  const newer = new Connection(path('newer'));
  newer.exec('PRAGMA user_version = 999; UPDATE backup_header SET schema = 999');
  newer.close();
  writeFileSync(path('fewer'), bytes);
  const fewer = new Connection(path('fewer'));
  fewer.exec('DELETE FROM jobs');
  fewer.close();
  const files = readdirSync(site.dir);
  for (const [name, code] of [
    ['text', 'backup_invalid'],
    ['foreign', 'backup_invalid'],
    ['flipped', 'backup_invalid'],
    ['short', 'backup_invalid'],
    ['fewer', 'backup_invalid'],
    ['none', 'backup_invalid'],
    ['state', 'backup_invalid'],
    [join('state', DATABASE_FILE), 'backup_invalid'],
    ['newer', 'schema_newer'],
  ] as const) {
    const restore = () => restoreBackup({ dir: site.dir, file: path(name), paused: false, at: T0 });
    assert.throws(restore, { code }, name);
    assert.deepEqual(readdirSync(site.dir), files, name);
  }
  assert.notEqual(await open().read.job('a'), null);
});
