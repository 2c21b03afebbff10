import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { draftOf, instanceOf, syncInstances, T0 } from '../contract-values.ts';
import { openSqliteStore } from './open.ts';

test('the meter hears of what was committed, once, and of nothing that was rolled back', async (t) => {
  const dir = mkdtempSync(join(tmpdir(), 'ductile-meter-'));
  t.after(() => rmSync(dir, { recursive: true }));
  const heard: string[] = [];
  let syncs = 0;
  const store = openSqliteStore({
    dir,
    meter: {
      synced: () => {
        syncs += 1;
      },
      decided: (code) => heard.push(code),
      admitted: ({ instance, submittedBy }) => heard.push(`${instance} ${submittedBy}`),
    },
  });
  await syncInstances(store, [instanceOf('a')]);
  const one = draftOf('job1', { instance: 'a', submittedBy: 'cli', dedupeKey: 'k' });
  await store.commit({ kind: 'enqueue', drafts: [one] });
  assert.deepEqual(heard.splice(0), ['a cli']);
  await store.commit({ kind: 'enqueue', drafts: [{ ...one, id: 'job2' }] });
  assert.deepEqual(heard.splice(0), ['job_duplicate']);
  // Of a group of which one fails, each runs again in a transaction of its own.
  const id = draftOf('job3', { instance: 'a', submittedBy: 'api:x' });
  const results = await Promise.allSettled([
    store.commit({ kind: 'enqueue', drafts: [id] }),
    store.commit({ kind: 'enqueue', drafts: [draftOf('job4', { instance: 'a', submittedBy: 'webhook:y' }), id] }),
  ]);
  assert.deepEqual(
    results.map(({ status }) => status),
    ['fulfilled', 'rejected'],
  );
  assert.deepEqual(heard, ['a api:x']);
  assert.equal(syncs, store.counters().syncs);
  assert.ok(store.sizes().database > 0 && store.sizes().log > 0);
  assert.equal((await store.read.queue(T0)).length, 1);
  await store.close();
});
