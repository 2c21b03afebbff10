import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { claimIds, draftOf, instanceOf, settlementOf, syncInstances, T0 } from '../contract-values.ts';
import { Connection } from './connection.ts';
import { DATABASE_FILE, openSqliteStore } from './open.ts';
import { readCounts } from './read-counts.ts';

test('a long queue is counted up to a limit, which shows, and with breaths between', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'ductile-counts-'));
  const store = openSqliteStore({ dir });
  await syncInstances(store, [instanceOf('a'), instanceOf('b', { cap: 2 })]);
  const drafts = [...'abcabcababab'].map((instance, index) => draftOf(`job${index}`, { instance }));
  await store.commit({ kind: 'enqueue', drafts });
  const ids = await claimIds(store, { slots: 6 });
  for (const jobId of ids.filter((id) => drafts[Number(id.slice(3))]?.instance === 'a')) {
    await store.commit({ kind: 'finish', jobId, attempt: 1, settlement: settlementOf(1) });
  }
  const db = new Connection(join(dir, DATABASE_FILE), { readOnly: true });
  const counted = (most: number) => {
    const steps = readCounts(db, T0, most);
    for (let breaths = 0; ; breaths++) {
      const { done, value } = steps.next();
      if (done === true) return { breaths, rows: value.map((row) => Object.values(row).join(' ')) };
    }
  };
  assert.deepEqual(counted(4), {
    breaths: 2,
    rows: ['a queued 1 false', 'b queued 3 false', 'b running 2 false', 'c queued 2 false', 'a succeeded 4 true'],
  });
  assert.deepEqual(counted(2).rows, [
    'a queued 1 false',
    'b queued 2 true',
    'b running 2 false',
    'c queued 2 false',
    'a succeeded 2 true',
  ]);
  assert.deepEqual(counted(100), {
    breaths: 0,
    rows: (await store.read.counts(T0)).map((row) => Object.values(row).join(' ')),
  });
  db.close();
  await store.close();
  rmSync(dir, { recursive: true });
});
