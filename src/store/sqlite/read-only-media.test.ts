import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { Connection } from './connection.ts';
import { DATABASE_FILE, openSqliteStore } from './open.ts';

const UNSHARE = 'unshare';
const NAMESPACE = ['--user', '--map-root-user', '--mount'];
const MOUNT = 'mount --bind "$0" "$0" && mount -o remount,bind,ro "$0" && exec "$@"';
const NEEDS_MOUNT = { skip: canMount() ? false : 'nothing can be mounted here' };

/** Reads the store of a directory and prints what it found; in a process of its own. */
const READER = `
(async () => {
  const { openSqliteStore } = await import(${JSON.stringify(import.meta.resolve('./open.ts'))});
  const { examineStore } = await import(${JSON.stringify(import.meta.resolve('./examine.ts'))});
  const dir = process.argv[1];
  try {
    const store = openSqliteStore({ dir, readOnly: true });
    const job = await store.read.job('none');
    const retention = { succeeded: 1, deadLetters: 1, events: 1, deliveries: 1, rejectedDeliveries: 1, decisions: 1 };
    const { tables } = await store.stats(retention, 0);
    const { jobs } = await store.backup({ file: process.argv[2], gateway: 'test', at: 0, replace: false });
    await store.close();
    console.log(JSON.stringify({ job, tables: tables.length > 0, jobs, damage: examineStore(dir).database.damage }));
  } catch ({ code, hint, message }) {
    console.log(JSON.stringify({ code, hint, message }));
  }
})();
`;

/** Whether there can be a namespace of mounts, in which a directory of these tests is read-only for every user. */
function canMount(): boolean {
  const dir = mkdtempSync(join(tmpdir(), 'ductile-media-'));
  const { status } = spawnSync(UNSHARE, [...NAMESPACE, 'sh', '-c', MOUNT, dir, 'true']);
  rmSync(dir, { recursive: true });
  return status === 0;
}

function directory(t: TestContext): string {
  const dir = mkdtempSync(join(tmpdir(), 'ductile-media-'));
  t.after(() => rmSync(dir, { recursive: true }));
  return dir;
}

function readOn(dir: string, backup: string): unknown {
  const program = [process.execPath, '--eval', READER, dir, backup];
  const { stdout, stderr } = spawnSync(UNSHARE, [...NAMESPACE, 'sh', '-c', MOUNT, dir, ...program], {
    encoding: 'utf8',
  });
  assert.equal(stderr, '');
  return JSON.parse(stdout);
}

test('a database on read-only media is read, counted, examined and copied', NEEDS_MOUNT, async (t) => {
  const dir = directory(t);
  await openSqliteStore({ dir }).close();
  const before = readdirSync(dir);
  assert.deepEqual(readOn(dir, join(directory(t), 'backup.db')), { job: null, tables: true, jobs: 0, damage: [] });
  assert.deepEqual(readdirSync(dir), before);
});

test('one with a log that is not in it says to copy it', NEEDS_MOUNT, async (t) => {
  const dir = directory(t);
  await openSqliteStore({ dir }).close();
  writeFileSync(join(dir, `${DATABASE_FILE}-wal`), 'what a crash left');
  const { code, hint } = readOn(dir, join(directory(t), 'backup.db')) as { code: string; hint: string };
  assert.equal(code, 'storage_unavailable');
  assert.match(hint, /read-only.*copy the whole directory/);
});

test('a read that the storage refuses does not speak of what was to be acknowledged', async (t) => {
  const dir = directory(t);
  await openSqliteStore({ dir }).close();
  const holder = new Connection(join(dir, DATABASE_FILE));
  holder.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE; PRAGMA user_version');
  const { hint } = refusal(() => openSqliteStore({ dir, readOnly: true, busyTimeoutMs: 1 }));
  holder.close();
  assert.match(hint, /only read, and nothing was changed/);
});

function refusal(work: () => unknown): { readonly hint: string } {
  try {
    work();
  } catch (error) {
    return error as { hint: string };
  }
  return assert.fail('it worked');
}
