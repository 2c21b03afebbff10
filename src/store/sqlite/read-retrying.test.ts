import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { draftOf, failure, instanceOf, runToEnd, syncInstances, T0 } from '../contract-values.ts';
import { Connection } from './connection.ts';
import { DATABASE_FILE, openSqliteStore } from './open.ts';
import { readRetrying } from './read-retrying.ts';

test('of many delayed jobs the next due are looked at, and it shows that there are more', async (t) => {
  const dir = mkdtempSync(join(tmpdir(), 'ductile-retrying-'));
  t.after(() => rmSync(dir, { recursive: true }));
  const store = openSqliteStore({ dir });
  await syncInstances(store, [instanceOf('a')]);
  for (const [index, id] of ['first', 'second', 'third'].entries()) {
    await store.commit({
      kind: 'enqueue',
      drafts: [draftOf(id, { instance: 'a' }), draftOf(`new ${id}`, { instance: 'a', runAt: T0 + 9_000 })],
    });
    const runAt = T0 + 1_000 * (index + 1);
    await runToEnd(store, id, failure(1, { status: 'queued', completedAt: null, runAt, attemptsUsed: 1 }));
  }
  const db = new Connection(join(dir, DATABASE_FILE), { readOnly: true });
  t.after(() => db.close());
  const counted = (now: number, most?: number) => {
    const { instances, capped } = readRetrying(db, now, most);
    return [...instances.map(({ instance, count, nextAt }) => `${instance} ${count} ${nextAt - T0}`), capped];
  };
  assert.deepEqual(counted(T0), ['a 3 1000', false]);
  assert.deepEqual(counted(T0, 6), ['a 3 1000', false]);
  assert.deepEqual(counted(T0, 3), ['a 3 1000', true]);
  assert.deepEqual(counted(T0, 2), ['a 2 1000', true]);
  assert.deepEqual(counted(T0 + 1_000), ['a 2 2000', false]);
  assert.deepEqual(counted(T0 + 3_000), [false]);
  await store.close();
});
