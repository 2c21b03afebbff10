import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import fc from 'fast-check';
import type { Delivery } from '../../domain/webhook/delivery.ts';
import { deliveryOf, T0 } from '../contract-values.ts';
import { deliver, INSERT_DELIVERY } from './commands/deliver.ts';
import { Connection } from './connection.ts';
import { createSignMoves, gatherSigns } from './delivery-signs.ts';
import { bundledMigrations, migrate } from './migrate.ts';
import { openSqliteStore } from './open.ts';

let dir: string;
let files = 0;
before(() => {
  dir = mkdtempSync(join(tmpdir(), 'ductile-signs-'));
});
after(() => rmSync(dir, { recursive: true, force: true }));

const SET_UP = 'PRAGMA journal_mode = WAL';
const PACE = { gathered: 8, step: 3, lookEvery: 1 };

/** A connection to a database of its own, brought to a schema: all of it unless told. */
function newDatabase(version = Number.POSITIVE_INFINITY): Connection {
  files++;
  const db = new Connection(join(dir, `${files}.db`), { setUp: SET_UP });
  migrate(
    db,
    bundledMigrations().filter((migration) => migration.version <= version),
  );
  return db;
}

function hex(n: number): string {
  return n.toString(16).padStart(64, '0');
}

/** A delivery whose id and content both say `n`. */
function numbered(n: number, id: string): Delivery {
  return deliveryOf(id, { senderId: `sent-${n}`, fingerprint: hex(n) });
}

/** Takes a delivery in; its id and that of the first one, when it is a repeat. */
function take(db: Connection, delivery: Delivery): string {
  const nothing = { draft: null, routed: null };
  return db.transaction(() => deliver(db, { kind: 'deliver', delivery, work: nothing }).id);
}

function count(db: Connection, table: 'recent_signs' | 'delivery_signs'): number {
  return db.get<{ count: number }>(`SELECT count(*) AS count FROM ${table}`)?.count ?? Number.NaN;
}

test('signs are moved once enough are gathered, and repeats are known before, meanwhile and afterwards', () => {
  const db = newDatabase();
  gatherSigns(db);
  const moves = createSignMoves(db, { gathered: 1_000, step: 256, lookEvery: 1 });
  for (let n = 0; n < 999; n++) take(db, numbered(n, `d${n}`));
  moves.afterCommit();
  assert.deepEqual([count(db, 'recent_signs'), count(db, 'delivery_signs')], [1_998, 0]);
  take(db, numbered(999, 'd999'));
  const moved: number[] = [];
  while (count(db, 'recent_signs') > 0) {
    moves.afterCommit();
    moved.push(count(db, 'delivery_signs'));
    assert.equal(take(db, numbered(moved.length, 'again')), `d${moved.length}`);
    assert.equal(take(db, { ...numbered(1_000 - moved.length, 'again'), senderId: null }), `d${1_000 - moved.length}`);
  }
  assert.deepEqual(moved, [256, 512, 768, 1_024, 1_280, 1_536, 1_792, 2_000]);
  for (let n = 0; n < 1_000; n++) assert.equal(take(db, numbered(n, 'again')), `d${n}`);
  db.close();
});

test('what was rolled back was never seen', () => {
  const db = newDatabase();
  gatherSigns(db);
  assert.throws(() =>
    db.transaction(() => {
      deliver(db, { kind: 'deliver', delivery: numbered(1, 'lost'), work: { draft: null, routed: null } });
      throw new Error('the disk is full');
    }),
  );
  assert.equal(count(db, 'recent_signs'), 0);
  assert.equal(take(db, numbered(1, 'kept')), 'kept');
  db.close();
});

test('the signs of a database from before are known', () => {
  const db = newDatabase(15);
  const columns = [T0, 'remote', 'sent-1', Buffer.from(hex(1), 'hex'), 1, null, null, 'json', 0, null, '{}', '{}', ''];
  db.run(INSERT_DELIVERY, 'first', 'github', ...columns.slice(0, -1), Buffer.alloc(0));
  const other = [T0, 'remote', 'sent-1', null, 0, null, null, 'json', 0, null, '{}', '{}'];
  db.run(INSERT_DELIVERY, 'not to be known again', 'github', ...other, Buffer.alloc(0));
  migrate(db, bundledMigrations());
  gatherSigns(db);
  assert.equal(count(db, 'recent_signs'), 0);
  assert.equal(take(db, { ...numbered(1, 'by id'), fingerprint: null }), 'first');
  assert.equal(take(db, { ...numbered(1, 'by content'), senderId: null }), 'first');
  db.close();
});

/** What may happen between two deliveries; `n` says which delivery it happens to. */
type Step =
  | { readonly kind: 'deliver' | 'remove'; readonly n: number }
  | { readonly kind: 'remove newest' | 'move' | 'fail to move' | 'reopen' };

const STEPS: fc.Arbitrary<Step> = fc.oneof(
  { weight: 8, arbitrary: fc.record({ kind: fc.constant('deliver' as const), n: fc.nat(40) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('remove' as const), n: fc.nat(40) }) },
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constantFrom('remove newest' as const, 'move', 'fail to move', 'reopen') }),
  },
);

test('whatever is removed, moved or opened anew in between, a repeat is one while its first is there', () => {
  fc.assert(
    fc.property(fc.array(STEPS, { minLength: 30, maxLength: 120 }), (steps) => {
      const path = join(dir, `${++files}.db`);
      let db = new Connection(path, { setUp: SET_UP });
      migrate(db, bundledMigrations());
      gatherSigns(db);
      let moves = createSignMoves(db, PACE);
      const firsts = new Map<number, string>();
      const remove = (n: number | undefined): void => {
        if (n === undefined) return;
        db.transaction(() => db.run('DELETE FROM deliveries WHERE id = ?', firsts.get(n) ?? ''));
        firsts.delete(n);
      };
      for (const [index, step] of steps.entries()) {
        if (step.kind === 'deliver') {
          const expected = firsts.get(step.n) ?? `d${index}`;
          // The map keeps the order in which they came.
          if (!firsts.has(step.n)) firsts.set(step.n, expected);
          assert.equal(take(db, numbered(step.n, `d${index}`)), expected);
        } else if (step.kind === 'remove') remove(step.n);
        else if (step.kind === 'remove newest') remove([...firsts.keys()].at(-1));
        else if (step.kind === 'move') moves.afterCommit();
        else if (step.kind === 'fail to move') {
          db.exec("CREATE TEMP TRIGGER failing BEFORE DELETE ON recent_signs BEGIN SELECT raise(ABORT, 'no'); END");
          try {
            moves.afterCommit();
          } catch (error) {
            assert.match(String(error), /no/);
          }
          db.exec('DROP TRIGGER failing');
        } else {
          db.close();
          db = new Connection(path, { setUp: SET_UP });
          gatherSigns(db);
          moves = createSignMoves(db, PACE);
        }
      }
      for (const [n, id] of firsts) assert.equal(take(db, numbered(n, 'again')), id);
      db.close();
    }),
    { numRuns: 60 },
  );
});

test('a store moves signs while it works', async () => {
  const state = join(dir, 'store');
  const store = openSqliteStore({ dir: state });
  const send = (n: number) =>
    store.commit({ kind: 'deliver', delivery: numbered(n, `d${n}`), work: { draft: null, routed: null } });
  await Promise.all(Array.from({ length: 4_096 }, (_, n) => send(n)));
  // Each commit gives it one step.
  for (let n = 4_096; n < 4_160; n++) await send(n);
  await store.close();
  const db = new Connection(join(state, 'ductile.db'));
  assert.ok(count(db, 'delivery_signs') >= 2 * 4_096, `${count(db, 'delivery_signs')} were moved`);
  db.close();
  const again = openSqliteStore({ dir: state });
  const work = { draft: null, routed: null };
  const answers = await Promise.all(
    [0, 4_095, 4_159].map((n) => again.commit({ kind: 'deliver', delivery: numbered(n, 'again'), work })),
  );
  assert.deepEqual(
    answers.map(({ id, repeat }) => [id, repeat]),
    [
      ['d0', true],
      ['d4095', true],
      ['d4159', true],
    ],
  );
  await again.close();
});
