import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import {
  claimIds,
  deliveryOf,
  draftOf,
  eventOf,
  failure,
  instanceOf,
  runToEnd,
  settlementOf,
  syncInstances,
  T0,
} from '../contract-values.ts';
import type { Retention, Store } from '../port.ts';
import { Connection, type Parameter } from './connection.ts';
import { DATABASE_FILE, openSqliteStore } from './open.ts';
import { createPrune } from './prune.ts';

const RETENTION: Retention = {
  succeededMs: 100,
  deadLettersMs: 1_000_000,
  eventsMs: 100,
  decisionsMs: 100,
  deliveriesMs: 100,
  rejectionsMs: 100,
};
const LATER = T0 + 10_000;

let dir: string;
let store: Store;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'ductile-prune-'));
  store = openSqliteStore({ dir });
});
afterEach(async () => {
  await store.close();
  rmSync(dir, { recursive: true, force: true });
});

/** Remembers how many rows each query of `table` gave. */
class Watched extends Connection {
  readonly looked: number[] = [];
  readonly #table: string;

  constructor(path: string, table: string) {
    super(path);
    this.#table = table;
  }

  override all<Row>(sql: string, ...parameters: Parameter[]): Row[] {
    const rows = super.all<Row>(sql, ...parameters);
    if (sql.includes(`FROM ${this.#table} INDEXED`)) this.looked.push(rows.length);
    return rows;
  }
}

function passOver(table: string): { readonly looked: readonly number[]; readonly again: number } {
  const db = new Watched(join(dir, DATABASE_FILE), table);
  const prune = createPrune(db);
  let batches = 1;
  while (prune(RETENTION, LATER)) assert.ok(++batches < 100, 'the pass has no end');
  const looked = [...db.looked];
  db.looked.length = 0;
  // The next pass begins anew.
  while (prune(RETENTION, LATER));
  const again = db.looked.reduce((sum, rows) => sum + rows, 0);
  db.close();
  return { looked, again };
}

test('events that dead letters hold are looked at once in a pass, some at a time, and again in the next', async () => {
  await syncInstances(store, [instanceOf('alpha')]);
  await Promise.all(
    Array.from({ length: 2_400 }, (_, index) => {
      const event = eventOf(`e${index}`, { createdAt: T0 + (index % 7) });
      const held = index % 12 !== 0;
      const drafts = held ? [draftOf(`job${index}`, { sourceEventId: event.id })] : [];
      return store.commit({ kind: 'emit', routed: { event, drafts, decisions: [] } });
    }),
  );
  const { looked, again } = passOver('events');
  assert.ok(Math.max(...looked) <= 1_000);
  assert.ok(looked.length <= 5, `${looked.length} looks`);
  const db = new Connection(join(dir, DATABASE_FILE));
  assert.equal(db.get<{ count: number }>('SELECT count(*) AS count FROM events')?.count, 2_200);
  db.close();
  assert.equal(again, 2_200);
});

test('an event goes in the same pass as the last job that came of it', async () => {
  await syncInstances(store, [instanceOf('alpha')]);
  await store.commit({
    kind: 'emit',
    routed: { event: eventOf('e'), drafts: [draftOf('a', { sourceEventId: 'e' })], decisions: [] },
  });
  await runToEnd(store, 'a', settlementOf(1));
  while (await store.prune(RETENTION, LATER));
  assert.equal(await store.read.job('a'), null);
  assert.equal(await store.read.event('e'), null);
});

test('versions of the state go but for the present one and those of failed attempts', async () => {
  await syncInstances(store, [instanceOf('alpha')]);
  await store.commit({ kind: 'enqueue', drafts: [draftOf('a'), draftOf('b'), draftOf('c'), draftOf('d')] });
  for (const [index, jobId] of (await claimIds(store, { slots: 4 })).entries()) {
    const changes = { statePatch: { n: index } };
    // Of versions 1 to 4, the attempt that failed was given version 2.
    const settlement = index === 2 ? failure(1, changes) : settlementOf(1, changes);
    const attempt = { ...settlement.attempt, stateVersion: index };
    await store.commit({ kind: 'finish', jobId, attempt: 1, settlement: { ...settlement, attempt } });
  }
  while (await store.prune(RETENTION, LATER));
  const db = new Connection(join(dir, DATABASE_FILE));
  assert.deepEqual(
    db.all<{ version: number }>('SELECT version FROM state_versions ORDER BY version').map(({ version }) => version),
    [2, 4],
  );
  db.close();
});

test('deliveries that their jobs hold are looked at once in a pass, some at a time, and again in the next', async () => {
  await Promise.all(
    Array.from({ length: 2_400 }, (_, index) => {
      const held = index % 12 !== 0;
      const draft = held ? draftOf(`job${index}`, { submittedBy: 'webhook:github' }) : null;
      const delivery = deliveryOf(`d${index}`, { receivedAt: T0 + (index % 7) });
      return store.commit({ kind: 'deliver', delivery, work: { draft, routed: null } });
    }),
  );
  const { looked, again } = passOver('deliveries');
  assert.ok(Math.max(...looked) <= 1_000);
  assert.ok(looked.length <= 5, `${looked.length} looks`);
  assert.equal(again, 2_200);
});

test('the count of repeats goes with its delivery', async () => {
  const work = { draft: null, routed: null };
  for (const id of ['first', 'again']) {
    await store.commit({ kind: 'deliver', delivery: deliveryOf(id, { senderId: 'one' }), work });
  }
  while (await store.prune(RETENTION, LATER));
  const db = new Connection(join(dir, DATABASE_FILE));
  const left = (table: string) => db.get<{ count: number }>(`SELECT count(*) AS count FROM ${table}`)?.count;
  assert.deepEqual(['deliveries', 'delivery_repeats'].map(left), [0, 0]);
  db.close();
});

test('pruning gives others a turn', async () => {
  let turned = false;
  setImmediate(() => {
    turned = true;
  });
  await store.prune(RETENTION, LATER);
  assert.equal(turned, true);
});

test('a configuration goes when it was replaced long ago and no job from its time is left; the newest stays', async () => {
  const day = 86_400_000;
  const sync = (version: string, at: number) => {
    const config = { version, file: '/ductile.yaml', text: '', templates: {} };
    return store.commit({ kind: 'sync', instances: [instanceOf('alpha')], schedules: [], config, at });
  };
  const pass = async (now: number) => {
    while (await store.prune(RETENTION, now));
    return (await store.read.configVersions()).map(({ version }) => version);
  };
  await sync('one', T0);
  await sync('two', T0 + day);
  await sync('three', T0 + 2 * day);
  assert.deepEqual(await pass(T0 + day), ['three', 'two', 'one'], 'replaced too lately');
  const id = 'a';
  await store.commit({ kind: 'enqueue', drafts: [draftOf(id, { createdAt: T0 + 9.5 * day, runAt: T0 })] });
  assert.deepEqual(await pass(T0 + 40 * day), ['three', 'two'], 'a late job of a long attempt may be of the second');
  await runToEnd(store, id, settlementOf(1));
  assert.deepEqual(await pass(T0 + 80 * day), ['three']);
  assert.deepEqual(await pass(T0 + 800 * day), ['three']);
});

test('of what changed the newest records are kept, and their numbers are not used again', async () => {
  const db = new Connection(join(dir, DATABASE_FILE));
  db.exec(`
    WITH RECURSIVE series (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM series WHERE n < 205000)
    INSERT INTO changes (kind, became) SELECT 'gateway', 'paused' FROM series`);
  db.close();
  const { newest } = await store.read.changesKept();
  while (await store.prune(RETENTION, LATER));
  assert.deepEqual(await store.read.changesKept(), { oldest: newest - 199_999, newest });
  await store.commit({ kind: 'enqueue', drafts: [draftOf('a')] });
  assert.equal((await store.read.changesKept()).newest, newest + 1);
});
