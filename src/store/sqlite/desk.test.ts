import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { leaveOldDatabase } from '../../../test/old-database.ts';
import { storeSite } from '../../../test/store-site.ts';
import {
  deliveryOf,
  draftOf,
  failure,
  instanceOf,
  runToEnd,
  settlementOf,
  syncInstances,
  T0,
} from '../contract-values.ts';
import type { Retention, Store } from '../port.ts';
import { Connection } from './connection.ts';
import { COUNT_DEAD, NEXT_UNGROUPED, PUT_ON_DESK, PUT_ON_DESK_AT, TAKE_OFF_DESK } from './dead-letters.ts';
import { DELIVERY_OF_REPLAY } from './delivery-row.ts';
import { FORGET_KEY, KEEP_ANSWER, KEEP_OUTCOME, KEY } from './once.ts';
import { DATABASE_FILE } from './open.ts';
import { DEAD_JOBS, deadQuery, FIRST_DEAD, LATEST_DEAD } from './read-dead.ts';
import { FIRST_REPLAY } from './replay-rows.ts';
import { SELECT_ACTIVE, SELECT_ANY, SELECT_ENDED_BADLY, SELECT_GROUP, SELECT_WHOLE_DESK } from './select-jobs.ts';

const RETENTION: Retention = {
  succeededMs: 100,
  deadLettersMs: 100,
  eventsMs: 100,
  decisionsMs: 100,
  deliveriesMs: 100,
  rejectionsMs: 100,
};
const DAY = 86_400_000;
const ALL = { limit: 100, cursor: null };

const site = storeSite();

function countOf(table: string): number | undefined {
  const db = new Connection(join(site.dir, DATABASE_FILE), { readOnly: true });
  try {
    return db.get<{ count: number }>(`SELECT count(*) AS count FROM ${table}`)?.count;
  } finally {
    db.close();
  }
}

async function counts(store: Store): Promise<readonly number[]> {
  return (await store.read.deadGroups(null, ALL)).items.map(({ count }) => count);
}

test('dead letters of before the desk are entered in small batches, and the desk agrees at any time', async () => {
  const jobs = Array.from({ length: 501 }, (_, index) => draftOf(`j${index}`));
  leaveOldDatabase(site.dir, { schema: 11, jobs });
  const db = new Connection(join(site.dir, DATABASE_FILE));
  db.exec(`
    UPDATE jobs SET status = iif(seq % 2, 'failed', 'dead'), ready = NULL, completed_at = ${T0} + seq,
      last_error_code = 'internal', last_error_message = 'number ' || seq WHERE seq <= 500`);
  db.close();
  const store = site.open();
  await syncInstances(store, [instanceOf('alpha')]);
  assert.deepEqual(await counts(store), []);
  // Whatever happens to some of them first.
  await store.commit({ kind: 'retry', jobId: 'j0', at: T0 });
  const replay = { ...draftOf('r'), createdAt: T0 + 1_000 };
  await store.commit({ kind: 'replay', of: 'j1', draft: replay, by: 'cli', edited: false, unlessReplayed: false });
  await runToEnd(store, 'j500', failure(1));
  assert.deepEqual(await counts(store), [1]);

  let batches = 0;
  while ((await store.commit({ kind: 'group_dead' })).more) batches += 1;
  assert.equal(batches, 8);
  assert.deepEqual(await counts(store), [1, 498]);
  const [, old] = (await store.read.deadGroups(null, ALL)).items;
  assert.deepEqual([old?.message, old?.firstAt, old?.lastAt, old?.jobIds[0]], ['number 500', T0 + 3, T0 + 500, 'j499']);
  assert.equal(countOf('ungrouped'), 0);
});

test('a group counts what is left of it when retention removes jobs, and goes with the last', async () => {
  const store = site.open();
  await syncInstances(store, [instanceOf('alpha')]);
  for (const [id, endedAt] of [
    ['old', T0],
    ['new', T0 + DAY],
  ] as const) {
    await store.commit({ kind: 'enqueue', drafts: [draftOf(id)] });
    const settled = failure(1, { completedAt: endedAt });
    await runToEnd(store, id, { ...settled, attempt: { ...settled.attempt, endedAt } });
  }
  assert.deepEqual(await counts(store), [2]);
  while (await store.prune(RETENTION, T0 + DAY));
  assert.deepEqual(await counts(store), [1]);
  while (await store.prune(RETENTION, T0 + 2 * DAY));
  assert.deepEqual([await counts(store), countOf('dead_letters'), countOf('dead_groups')], [[], 0, 0]);
});

test('a delivery stays as long as a replay of its job, and then goes with it', async () => {
  const store = site.open();
  await syncInstances(store, [instanceOf('alpha')]);
  const draft = draftOf('first', { submittedBy: 'webhook:github' });
  await store.commit({ kind: 'deliver', delivery: deliveryOf('d'), work: { draft, routed: null } });
  await runToEnd(store, 'first', failure(1));
  const again = draftOf('again', { createdAt: T0 + 1 });
  await store.commit({ kind: 'replay', of: 'first', draft: again, by: 'cli', edited: false, unlessReplayed: false });
  while (await store.prune(RETENTION, T0 + DAY));
  assert.deepEqual([await store.read.job('first'), (await store.read.delivery('d'))?.id], [null, 'd']);
  assert.equal((await store.read.replays('again')).replayOf, 'first');
  await runToEnd(store, 'again', settlementOf(1));
  while (await store.prune(RETENTION, T0 + DAY));
  assert.deepEqual([await store.read.delivery('d'), countOf('replays')], [null, 0]);
});

test('keys are forgotten after a day', async () => {
  const store = site.open();
  for (const at of [T0, T0 + 1]) {
    const once = { owner: 'cli', key: `k${at}`, request: 'r', at };
    await store.commit({ kind: 'enqueue', drafts: [draftOf(`j${at}`)], once });
  }
  while (await store.prune(RETENTION, T0 + DAY));
  assert.equal(countOf('idempotency_keys'), 1);
});

test('statements of the desk take their indexes', async () => {
  await site.open().close();
  const job = 'SEARCH jobs USING INTEGER PRIMARY KEY (rowid=?)';
  const group = 'SEARCH dead_letters USING INDEX dead_letters_by_fingerprint';
  const plans: readonly (readonly [string, readonly string[]])[] = [
    [PUT_ON_DESK, []],
    [PUT_ON_DESK_AT, []],
    [COUNT_DEAD, ['SEARCH dead_letters USING INDEX dead_letters_by_job (job_seq=?)']],
    [TAKE_OFF_DESK, ['SEARCH dead_letters USING INDEX dead_letters_by_job (job_seq=?)']],
    [NEXT_UNGROUPED, ['SEARCH jobs USING INDEX jobs_ended_badly (status=? AND rowid<?)']],
    [
      DELIVERY_OF_REPLAY,
      ['SEARCH replays USING INTEGER PRIMARY KEY (rowid=?)', 'SEARCH deliveries USING INTEGER PRIMARY KEY (rowid=?)'],
    ],
    [FIRST_REPLAY, ['SEARCH replays USING COVERING INDEX replays_by_original (replay_of=?)', job]],
    [FORGET_KEY, ['SEARCH idempotency_keys USING INDEX idempotency_keys_by_key (owner=? AND key=?)']],
    [KEY, ['SEARCH idempotency_keys USING INDEX idempotency_keys_by_key (owner=? AND key=?)']],
    [KEEP_OUTCOME, []],
    [KEEP_ANSWER, []],
    [deadQuery(null, 9).sql, ['SEARCH dead_groups USING INDEX dead_groups_by_latest (latest_seq<?)']],
    [
      deadQuery('alpha', 9).sql,
      ['SEARCH dead_groups USING INDEX dead_groups_by_instance (instance=? AND latest_seq<?)'],
    ],
    [FIRST_DEAD, [`${group} (fingerprint=?)`]],
    [LATEST_DEAD, [`${group} (fingerprint=?)`, job]],
    [DEAD_JOBS, ['CO-ROUTINE letters', `${group} (fingerprint=? AND rowid<?)`, 'SCAN letters', job]],
    [SELECT_GROUP, [`${group} (fingerprint=? AND rowid>?)`, job]],
    [SELECT_WHOLE_DESK, ['SEARCH dead_letters USING INTEGER PRIMARY KEY (rowid>?)', job]],
    [SELECT_ACTIVE, ['SEARCH jobs USING INDEX jobs_active (seq>?)']],
    [SELECT_ENDED_BADLY, ['SEARCH jobs USING INDEX jobs_ended_badly (status=? AND rowid>?)']],
    [SELECT_ANY, ['SEARCH jobs USING INTEGER PRIMARY KEY (rowid>?)']],
  ];
  const db = new Connection(join(site.dir, DATABASE_FILE));
  try {
    for (const [sql, expected] of plans) {
      const plan = db.all<{ detail: string }>(`EXPLAIN QUERY PLAN ${sql}`).map(({ detail }) => detail);
      assert.deepEqual(plan, expected, sql);
    }
  } finally {
    db.close();
  }
});
