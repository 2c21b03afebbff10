import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { storeSite } from '../../../test/store-site.ts';
import { draftOf } from '../contract-values.ts';
import { Connection } from './connection.ts';
import { bundledMigrations, type Migration } from './migrate.ts';
import { DATABASE_FILE } from './open.ts';

const site = storeSite();
const { open } = site;
const NOW = bundledMigrations().at(-1)?.version ?? 0;

function withNext(sql: string): readonly Migration[] {
  return [...bundledMigrations(), { version: NOW + 1, name: 'next.sql', sql }];
}

async function filled(): Promise<void> {
  const store = open();
  await store.commit({ kind: 'enqueue', drafts: [draftOf('a'), draftOf('b')] });
  await store.close();
}

function schema(): number | undefined {
  const db = new Connection(join(site.dir, DATABASE_FILE), { readOnly: true });
  const version = db.get<{ user_version: number }>('PRAGMA user_version')?.user_version;
  db.close();
  return version;
}

test('an upgrade that would lose or break something is refused, and nothing has changed', async () => {
  await filled();
  const before = readFileSync(join(site.dir, DATABASE_FILE));
  for (const [sql, found] of [
    ["DELETE FROM jobs WHERE id = 'b'", /there were 2 rows of jobs, and 1 are left/],
    ['DROP TABLE payloads; CREATE TABLE payloads (job_seq INTEGER, payload TEXT)', /rows of payloads.* 0 are left/],
    ["UPDATE jobs SET status = 'succeeded', ready = NULL, completed_at = 1 WHERE id = 'b'", /2 queued jobs, and 1 are/],
    [
      "DELETE FROM payloads WHERE job_seq = 1; INSERT INTO payloads VALUES (99, '')",
      /1 waiting jobs without a payload/,
    ],
    ['SELECT nonsense', /nonsense/],
  ] as const) {
    assert.throws(
      () => open({ migrations: withNext(sql) }),
      (error: Error & { code?: string }) => error.code === 'upgrade_failed' && found.test(error.message),
      sql,
    );
    assert.deepEqual(readdirSync(site.dir), [DATABASE_FILE], sql);
    assert.deepEqual(readFileSync(join(site.dir, DATABASE_FILE)), before, sql);
  }
  assert.notEqual(await open().read.job('b'), null);
});

test('an upgrade for which there is no room is refused with the bytes that it needs', async () => {
  await filled();
  const refused = {
    code: 'storage_unavailable',
    message: /the upgrade from schema \d+ to \d+ needs \d+ bytes in .*; 4096 are free/,
  };
  assert.throws(() => open({ migrations: withNext('CREATE TABLE more (n INTEGER)'), freeBytes: 4_096 }), refused);
  assert.deepEqual(readdirSync(site.dir), [DATABASE_FILE]);
  assert.equal(schema(), NOW);
});

test('what an upgrade was cut short in is cleared away, and a decided one is carried out', async () => {
  await filled();
  const path = join(site.dir, DATABASE_FILE);
  writeFileSync(`${path}.staged`, 'half of one');
  await open().close();
  assert.deepEqual(readdirSync(site.dir), [DATABASE_FILE]);
  const other = new Connection(`${path}.next.before-upgrade-from-${NOW}`);
  const own = new Connection(path);
  own.exec(`VACUUM INTO '${path}.copy'`);
  own.close();
  other.close();
  writeFileSync(`${path}.next.before-upgrade-from-${NOW}`, readFileSync(`${path}.copy`));
  assert.throws(() => open({ readOnly: true }), { code: 'storage_unavailable', message: /cut short/ });
  assert.notEqual(await open().read.job('a'), null);
  assert.ok(existsSync(`${path}.before-upgrade-from-${NOW}`));
});

test('a second upgrade from one schema keeps the database before it beside the one before the first', async () => {
  await filled();
  const path = join(site.dir, DATABASE_FILE);
  writeFileSync(`${path}.before-upgrade-from-${NOW}`, 'of an earlier upgrade');
  await open({ migrations: withNext('CREATE TABLE more (n INTEGER)') }).close();
  assert.equal(readFileSync(`${path}.before-upgrade-from-${NOW}`, 'utf8'), 'of an earlier upgrade');
  const kept = new Connection(`${path}.before-upgrade-from-${NOW}-2`, { readOnly: true });
  assert.equal(kept.get<{ count: number }>('SELECT count(*) AS count FROM jobs')?.count, 2);
  kept.close();
});
