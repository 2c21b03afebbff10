import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Log } from '../../platform/log.ts';
import { createHealth, type Health } from './health.ts';

const sqliteError = (errcode: number, message: string): Error => Object.assign(new Error(message), { errcode });
const FULL = sqliteError(13, 'database or disk is full');
const SYNC_FAILED = sqliteError(1034, 'disk I/O error');
const BUSY = sqliteError(5, 'database is locked');

/** Health over a storage that mends when `works` says so. */
function patient() {
  const seen = { works: false, at: 1_000, mends: [] as boolean[], lines: [] as string[] };
  const say = (msg: string): unknown => seen.lines.push(msg);
  const log: Log = { debug: say, info: say, warn: say, error: say, child: () => log };
  const health: Health = createHealth({
    now: () => 1_795_435_200_000 + seen.at,
    monotonic: () => seen.at,
    log,
    mend(suspect) {
      seen.mends.push(suspect);
      if (!seen.works) throw FULL;
    },
  });
  return { seen, health };
}

test('a storage that refuses is asked twice a second, however many want to write', () => {
  const { seen, health } = patient();
  health.failed(FULL);
  for (let n = 0; n < 50; n += 1) assert.throws(health.ready, { code: 'storage_unavailable' });
  assert.equal(seen.mends.length, 1);
  seen.at += 500;
  for (let n = 0; n < 50; n += 1) assert.throws(health.ready, { code: 'storage_unavailable' });
  assert.equal(seen.mends.length, 2);
});

test('trouble is told once when it begins and once when it is over, and seen meanwhile', () => {
  const { seen, health } = patient();
  assert.deepEqual(health.state(), { ok: true, since: null, message: null });
  health.failed(FULL);
  health.failed(FULL);
  assert.throws(health.ready);
  assert.deepEqual(health.state(), {
    ok: false,
    since: 1_795_435_201_000,
    message: 'the disk is full (database or disk is full)',
  });
  seen.at += 5_000;
  seen.works = true;
  health.ready();
  assert.deepEqual(health.state(), { ok: true, since: null, message: null });
  assert.deepEqual(seen.lines, [
    'the storage refuses; nothing is accepted or started until it works again',
    'the storage works again',
  ]);
  health.failed(FULL);
  health.ready();
  assert.equal(seen.lines.length, 2, 'trouble that flickers does not flood the log');
});

test('after a failed input or output nothing is trusted until it has been mended', () => {
  const { seen, health } = patient();
  health.failed(FULL);
  assert.throws(health.ready);
  health.failed(SYNC_FAILED);
  seen.at += 500;
  seen.works = true;
  health.ready();
  assert.deepEqual(seen.mends, [false, true]);
});

test('another writer, or a bug, is no trouble of the storage', () => {
  const { seen, health } = patient();
  for (const error of [BUSY, new Error('a bug')]) health.failed(error);
  health.ready();
  assert.deepEqual(seen.mends, []);
});

test('damage that was found beside the work is seen, and the work goes on', () => {
  const { health } = patient();
  health.damaged('the database is damaged: row 3 missing from index');
  health.ready();
  assert.equal(health.state().ok, false);
});
