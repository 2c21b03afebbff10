import assert from 'node:assert/strict';
import { test } from 'node:test';
import { harness, NOON, ok } from '../../test/engine/harness.ts';
import { createHoldRecord } from './hold-record.ts';

const MINUTE = 60_000;
const CAP = { instance: 'p', reason: 'cap', until: null } as const;

test('holds by limits are written when they begin and once a minute, a row an hour', async (t) => {
  const { parts, clock, store } = await harness(t, {
    plugins: { p: () => ok() },
    instances: { p: { concurrency: 2, rateLimit: { count: 3, perMs: MINUTE } } },
  });
  const record = createHoldRecord(parts);
  for (let second = 0; second < 2 * 3_600; second += 1) {
    record.note([CAP]);
    clock.advance(1_000);
  }
  record.note([{ instance: 'p', reason: 'rate', until: NOON }]);
  await record.written();
  const { items } = await store.read.decisions({ instance: 'p' }, { limit: 50, cursor: null });
  assert.deepEqual(
    items.map(({ code, count }) => [code, count]),
    [
      ['held_rate', 1],
      ['held_cap', 60],
      ['held_cap', 60],
    ],
  );
  assert.deepEqual(items[2]?.values, { concurrency: 2 });
  assert.deepEqual(items[0]?.values, { count: 3, per_ms: MINUTE, until: '2026-11-23T12:00:00.000Z' });
  assert.equal(items[2]?.lastAt, NOON + 59 * MINUTE);
});

test('what is recorded elsewhere is not written again, and a clock that was set back silences nothing', async (t) => {
  const { parts, clock, store } = await harness(t, { plugins: { p: () => ok() } });
  const record = createHoldRecord(parts);
  record.note([{ instance: 'p', reason: 'paused', until: null }]);
  record.note([CAP]);
  clock.jump(NOON - 10 * MINUTE);
  record.note([{ instance: 'gone', reason: 'rate', until: null }, CAP]);
  record.note([{ instance: 'gone', reason: 'cap', until: null }]);
  await record.written();
  const { items } = await store.read.decisions({}, { limit: 50, cursor: null });
  assert.deepEqual(items.map(({ code, instance }) => `${code} ${instance}`).toSorted(), [
    'held_cap gone',
    'held_cap p',
    'held_cap p',
    'held_rate gone',
  ]);
});
