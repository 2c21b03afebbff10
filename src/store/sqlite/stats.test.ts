import assert from 'node:assert/strict';
import { test } from 'node:test';
import { storeSite } from '../../../test/store-site.ts';
import { draftOf, instanceOf, request, runToEnd, settlementOf, syncInstances, T0 } from '../contract-values.ts';
import { Connection } from './connection.ts';
import { bundledMigrations, migrate } from './migrate.ts';
import { TABLE_LIVES } from './table-lives.ts';

const site = storeSite();
const DAY = 86_400_000;
const RETENTION = {
  succeededMs: DAY,
  deadLettersMs: 9 * DAY,
  eventsMs: DAY,
  decisionsMs: DAY,
  deliveriesMs: DAY,
  rejectionsMs: DAY,
};

test('every table says how long its rows stay', () => {
  const db = new Connection(':memory:');
  migrate(db, bundledMigrations());
  const tables = db.all<{ name: string }>(
    "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'",
  );
  assert.deepEqual(tables.map(({ name }) => name).toSorted(), Object.keys(TABLE_LIVES).toSorted());
});

test('statistics count rows, bytes, the oldest and what retention would remove', async () => {
  const store = site.open();
  await syncInstances(store, [instanceOf('alpha')]);
  await store.commit({ kind: 'enqueue', drafts: [draftOf('a')] });
  await runToEnd(store, 'a', settlementOf(1));
  await store.commit({ kind: 'enqueue', drafts: [draftOf('b')] });
  // A claim is not synced; what acknowledges is.
  await store.claim(request());
  const jobsAt = async (now: number) => {
    const stats = await store.stats(RETENTION, now);
    const jobs = stats.tables.find(({ table }) => table === 'jobs');
    return { stats, jobs: jobs ?? assert.fail() };
  };
  const { stats, jobs } = await jobsAt(T0);
  assert.deepEqual([jobs.rows, jobs.oldestAt, jobs.due], [2, T0, 0]);
  assert.ok(jobs.bytes >= 4_096 && jobs.indexes.length > 5);
  assert.equal((await jobsAt(T0 + 2 * DAY)).jobs.due, 1);
  assert.deepEqual([stats.synchronous, stats.schema], ['full', bundledMigrations().at(-1)?.version]);
  const all = stats.tables.flatMap(({ bytes, indexes }) => [bytes, ...indexes.map((index) => index.bytes)]);
  assert.ok(all.reduce((sum, bytes) => sum + bytes, 0) <= stats.bytes);
  await store.close();
  const reading = site.open({ readOnly: true });
  assert.equal((await reading.stats(RETENTION, T0)).synchronous, null);
  assert.deepEqual((await site.open({ dir: `${site.root}/none`, readOnly: true }).stats(RETENTION, T0)).tables, []);
});
