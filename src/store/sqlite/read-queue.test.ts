import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { claimIds, draftOf, instanceOf, settlementOf, syncInstances, T0 } from '../contract-values.ts';
import { Connection } from './connection.ts';
import { DATABASE_FILE, openSqliteStore } from './open.ts';
import { readQueue } from './read-queue.ts';

function temporary(t: TestContext): string {
  const dir = mkdtempSync(join(tmpdir(), 'ductile-queue-'));
  t.after(() => rmSync(dir, { recursive: true }));
  return dir;
}

test('each instance has what waits, what runs, and since when its oldest due job waits, whatever its priority', async (t) => {
  const store = openSqliteStore({ dir: temporary(t) });
  await syncInstances(store, [instanceOf('a', { cap: 1 }), instanceOf('b', { cap: 0 }), instanceOf('c')]);
  const drafts = [
    draftOf('a1', { instance: 'a', runAt: T0 - 9_000 }),
    draftOf('a2', { instance: 'a', runAt: T0 - 100, priority: 7 }),
    draftOf('a3', { instance: 'a', runAt: T0 - 300 }),
    draftOf('a4', { instance: 'a', runAt: T0 - 500, priority: -7 }),
    draftOf('b1', { instance: 'b', createdAt: T0, runAt: T0 + 1_000 }),
    draftOf('b2', { instance: 'b', createdAt: T0, runAt: T0 + 5_000 }),
    draftOf('c1', { instance: 'c' }),
  ];
  await store.commit({ kind: 'enqueue', drafts });
  assert.deepEqual(await claimIds(store, { slots: 2 }), ['a2', 'c1']);
  await store.commit({ kind: 'finish', jobId: 'c1', attempt: 1, settlement: settlementOf(1) });
  assert.deepEqual(await store.read.queue(T0), [
    { instance: 'a', queued: 3, running: 1, oldestDueAt: T0 - 9_000 },
    { instance: 'b', queued: 2, running: 0, oldestDueAt: null },
  ]);
  const later = await store.read.queue(T0 + 2_000);
  assert.deepEqual(
    later.map(({ oldestDueAt }) => oldestDueAt),
    [T0 - 9_000, T0 + 1_000],
  );
  await store.close();
});

test('a long queue is counted up to a limit, with breaths between', async (t) => {
  const dir = temporary(t);
  const store = openSqliteStore({ dir });
  await syncInstances(store, [instanceOf('a'), instanceOf('b'), instanceOf('c')]);
  await store.commit({
    kind: 'enqueue',
    drafts: [...'aaaaabbbbbc'].map((instance, index) => draftOf(`job${index}`, { instance })),
  });
  const db = new Connection(join(dir, DATABASE_FILE), { readOnly: true });
  const steps = readQueue(db, T0, 3);
  let breaths = 0;
  let step = steps.next();
  for (; step.done !== true; step = steps.next()) breaths += 1;
  assert.deepEqual(
    step.value.map(({ instance, queued }) => `${instance} ${queued}`),
    ['a 3', 'b 3', 'c 1'],
  );
  assert.equal(breaths, 2);
  db.close();
  await store.close();
});
