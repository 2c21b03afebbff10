import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { deliveryOf, T0 } from '../contract-values.ts';
import { Connection } from './connection.ts';
import { DATABASE_FILE, openSqliteStore } from './open.ts';
import { readWebhookCounts } from './read-webhook-counts.ts';

test('many deliveries are counted in steps, each once, however many came in one millisecond', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'ductile-webhook-counts-'));
  const store = openSqliteStore({ dir });
  try {
    const instants = [T0, T0, T0, T0, T0, T0 + 1, T0 + 3, T0 + 3, T0 + 9, T0 + 20];
    for (const [index, receivedAt] of instants.entries()) {
      const delivery = deliveryOf(`d${index}`, { receivedAt, endpoint: index % 2 === 0 ? 'a' : 'b' });
      await store.commit({ kind: 'deliver', delivery, work: { draft: null, routed: null } });
    }
    const db = new Connection(join(dir, DATABASE_FILE), { readOnly: true });
    try {
      const steps = readWebhookCounts(db, T0, 3);
      let pauses = 0;
      let step = steps.next();
      for (; step.done !== true; step = steps.next()) pauses++;
      assert.ok(pauses >= 2, `${pauses} pauses`);
      assert.deepEqual(
        step.value.map(({ endpoint, accepted, lastAt }) => [endpoint, accepted, lastAt]),
        [
          ['a', 5, T0 + 9],
          ['b', 5, T0 + 20],
        ],
      );
    } finally {
      db.close();
    }
  } finally {
    await store.close();
    rmSync(dir, { recursive: true, force: true });
  }
});
