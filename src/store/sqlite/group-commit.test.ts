import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { Connection } from './connection.ts';
import { createGroupCommit } from './group-commit.ts';

let dir: string;
let db: Connection;
/** Rows of each commit, in order. */
let commits: number[];

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'ductile-group-'));
  db = new Connection(join(dir, 'group.db'), { busyTimeoutMs: 0 });
  db.exec('PRAGMA journal_mode = WAL; CREATE TABLE t (n INTEGER PRIMARY KEY, text TEXT) STRICT');
  commits = [];
});
afterEach(() => {
  db.close();
  rmSync(dir, { recursive: true, force: true });
});

const insert =
  (n: number, text = '') =>
  () =>
    db.run('INSERT INTO t VALUES (?, ?)', n, text);
const stored = () => db.all<{ n: number }>('SELECT n FROM t ORDER BY n').map(({ n }) => n);

function group(monotonic: () => number = () => 0) {
  const onCommit = (written: number): unknown => commits.push(written);
  return createGroupCommit({ db, monotonic, ready: () => {}, onError: () => {}, onCommit });
}

test('the work of one turn shares one commit', async () => {
  const { submit } = group();
  await Promise.all([1, 2, 3].map((n) => submit(insert(n), false)));
  assert.deepEqual(commits, [3]);
});

test('a transaction ends when its time is over', async () => {
  let now = 0;
  const { submit } = group(() => now);
  const slow = (n: number) => () => {
    now += 3;
    return insert(n)();
  };
  await Promise.all([1, 2, 3].map((n) => submit(slow(n), false)));
  assert.deepEqual(commits, [2, 1]);
});

test('at most 32 heavy entries share a transaction', async () => {
  const { submit } = group();
  await Promise.all(Array.from({ length: 40 }, (_, n) => submit(insert(n), true)));
  assert.deepEqual(commits, [32, 8]);
});

test('an entry that fails is rejected with its own error, and the others are committed one by one', async () => {
  const { submit } = group();
  const bug = new Error('a bug');
  const results = await Promise.allSettled([
    submit(insert(1), false),
    submit(() => {
      insert(99)();
      throw bug;
    }, false),
    submit(insert(2), false),
  ]);
  assert.deepEqual(
    results.map((result) => (result.status === 'fulfilled' ? result.value : result.reason)),
    [1, bug, 1],
  );
  assert.deepEqual(stored(), [1, 2]);
  assert.deepEqual(commits, [1, 1]);
});

test('a full disk is told to each caller, and writing works again once there is space', async () => {
  const { submit } = group();
  await submit(insert(0), false);
  db.exec('PRAGMA max_page_count = 1');
  const results = await Promise.allSettled([1, 2].map((n) => submit(insert(n, 'x'.repeat(100_000)), false)));
  for (const result of results) {
    assert.equal(result.status === 'rejected' && result.reason.code, 'storage_unavailable');
  }
  db.exec('PRAGMA max_page_count = 1000000');
  await submit(insert(3), false);
  assert.deepEqual(stored(), [0, 3]);
});

test('a read-only and a locked database are told to each caller, too', async () => {
  const { submit } = group();
  db.exec('PRAGMA query_only = ON');
  await assert.rejects(submit(insert(1), false), { code: 'storage_unavailable' });
  db.exec('PRAGMA query_only = OFF');
  const other = new Connection(join(dir, 'group.db'));
  other.exec('BEGIN IMMEDIATE');
  const results = await Promise.allSettled([submit(insert(2), false), submit(insert(3), false)]);
  for (const result of results) {
    assert.equal(result.status === 'rejected' && result.reason.code, 'storage_unavailable');
  }
  other.exec('ROLLBACK');
  other.close();
  await submit(insert(4), false);
  assert.deepEqual(stored(), [4]);
});

test('every commit runs at synchronous FULL, whatever ran before', async () => {
  const { submit } = group();
  db.setSynchronous('NORMAL');
  const level = await submit(() => db.get<{ synchronous: number }>('PRAGMA synchronous')?.synchronous, false);
  assert.equal(level, 2);
});

test('a transaction that was left open does not block the next commit', async () => {
  const { submit } = group();
  db.exec('BEGIN');
  insert(1)();
  await submit(insert(2), false);
  assert.deepEqual(stored(), [2]);
});

test('flush commits what waits without another turn', async () => {
  const { submit, flush } = group();
  const pending = Promise.all([submit(insert(1), false), submit(insert(2), false)]);
  flush();
  assert.deepEqual(stored(), [1, 2]);
  await pending;
});
