import assert from 'node:assert/strict';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { createDispatcher } from '../../src/engine/dispatcher.ts';
import { createScheduler } from '../../src/engine/scheduler.ts';
import { HOUR_MS } from '../schedules.ts';
import { harness, ok, temporaryDir } from './harness.ts';

/** How many rows each table of a state directory holds; those without any are left out. */
function rowsOf(dir: string): Readonly<Record<string, number>> {
  const db = new DatabaseSync(join(dir, 'ductile.db'), { readOnly: true });
  const names = db.prepare("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'").all();
  const counts = names.map(({ name }): readonly [string, number] => {
    return [String(name), Number(db.prepare(`SELECT count(*) AS n FROM "${name}"`).get()?.['n'])];
  });
  db.close();
  return Object.fromEntries(counts.filter(([, count]) => count > 0));
}

test('an hour of schedules that fire each second, all of it skipped, adds a row for each reason', async (t) => {
  const dir = temporaryDir(t);
  const window = { start: '20:00', end: '21:00' };
  const h = await harness(t, {
    plugins: {
      disabled: () => ok(),
      busy: ({ signal }) =>
        new Promise((resolve) => {
          signal.addEventListener('abort', () => resolve({ kind: 'interrupted', started: true }), { once: true });
        }),
      paused: () => ok(),
      shut: () => ok(),
    },
    instances: { disabled: { enabled: false } },
    schedules: [
      { instance: 'disabled', every: '1s' },
      { instance: 'busy', every: '1s' },
      { instance: 'paused', every: '1s' },
      { instance: 'shut', every: '1s', window },
      { instance: 'shut', id: 'cron', cron: '* * * * * *', window },
    ],
    dir,
  });
  const dispatcher = createDispatcher(h.parts);
  const scheduler = createScheduler(h.parts, { wake: dispatcher.wake, cancel: async () => {} });
  dispatcher.start();
  await scheduler.start();
  const at = h.clock.now();
  const schedule = { instance: 'paused', id: 'default' };
  await scheduler.pause(schedule, at, () =>
    h.store.commit({ kind: 'pause_schedule', schedule, paused: true, at, upTo: null, decisions: [] }),
  );
  // The first slot of `busy` runs all the while.
  h.clock.advance(1_000);
  await h.settle();
  const before = rowsOf(dir);
  for (let second = 0; second < HOUR_MS / 1_000; second++) {
    h.clock.advance(1_000);
    await h.settle();
  }
  const { items } = await h.store.read.decisions({}, { limit: 50, cursor: null });
  assert.deepEqual(items.map(({ code, count }) => [code, count]).toSorted(), [
    ['slot_disabled', 3_601],
    ['slot_overlap', 3_600],
    ['slot_paused', 3_601],
  ]);
  // The third reason, and that it is new: repeats only count.
  const oneMore = (table: string) => (before[table] ?? 0) + 1;
  assert.deepEqual(rowsOf(dir), { ...before, decisions: oneMore('decisions'), changes: oneMore('changes') });
  assert.equal(h.requests.length, 1);
  await scheduler.stop();
  await dispatcher.stop(0);
});
