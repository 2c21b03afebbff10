import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { createBackups, idleBackups } from '../../src/engine/backups.ts';
import { type HarnessOptions, harness, NOON, snapshotOf } from './harness.ts';

const HOUR = 3_600_000;

/** Backups of a gateway by a plan of every hour, two of which are kept; `made` resolves once so many are there. */
async function planned(t: TestContext, more: Partial<HarnessOptions> = {}) {
  const root = mkdtempSync(join(tmpdir(), 'ductile-backups-'));
  t.after(() => rmSync(root, { recursive: true, force: true }));
  const dir = join(root, 'backups');
  const backup = { dir, rhythm: { kind: 'every', everyMs: HOUR }, keep: 2 } as const;
  const options: HarnessOptions = { plugins: {}, ...more, service: { name: 'home', backup } };
  const h = await harness(t, options);
  const heard = { wake: 0, hear: 0 };
  const backups = createBackups(h.parts, {
    wake() {
      heard.wake += 1;
    },
    hear() {
      heard.hear += 1;
    },
  });
  t.after(() => backups.stop());
  const until = async (holds: () => boolean): Promise<void> => {
    while (!holds()) await new Promise((resolve) => setImmediate(resolve));
  };
  const at = (): number | undefined => backups.state()?.last?.at;
  return { h, backups, dir, heard, until, at, options };
}

const nameAt = (hours: number): string =>
  `home-${new Date(NOON + hours * HOUR).toISOString().replaceAll(/[-:]|\.\d+/g, '')}.ductile-backup`;

test('the first backup is made at once, the next with its slot, and the oldest beyond what is kept go', async (t) => {
  const { h, backups, dir, until, at } = await planned(t);
  backups.follow();
  h.clock.jump(NOON);
  for (let hour = 0; hour <= 2; hour += 1) {
    await until(() => at() === NOON + hour * HOUR && backups.state()?.nextAt === NOON + (hour + 1) * HOUR);
    assert.equal(backups.state()?.making, false);
    h.clock.advance(HOUR);
  }
  await until(() => at() === NOON + 3 * HOUR && backups.state()?.making === false);
  await backups.stop();
  assert.deepEqual(readdirSync(dir).toSorted(), [nameAt(2), nameAt(3)]);
  assert.equal(h.clock.pending(), 0);
});

test('a start waits for the next slot when there is a backup of the last one', async (t) => {
  const { h, backups, dir } = await planned(t);
  mkdirSync(dir);
  writeFileSync(join(dir, nameAt(0)), '');
  backups.follow();
  assert.equal(backups.state()?.nextAt, NOON + HOUR);
  assert.equal(h.clock.pending(), 1);
});

test('a plan that fails is told of once, tried again, and works on when it can', async (t) => {
  const { h, backups, dir, heard, until } = await planned(t, {
    expectations: [],
    routes: [{ name: 'told', event_type: 'ductile.backup.*', to: 'teller' }],
    plugins: { teller: () => ({ kind: 'exited' }) },
  });
  writeFileSync(dir, 'not a folder');
  backups.follow();
  h.clock.jump(NOON);
  await until(() => backups.state()?.nextAt === NOON + 600_000);
  const { since, message } = backups.state()?.failing ?? assert.fail();
  assert.equal(since, NOON);
  assert.match(message, /backups/);
  h.clock.advance(600_000);
  await until(() => backups.state()?.nextAt === NOON + 1_200_000);
  assert.equal(backups.state()?.failing?.since, NOON);
  rmSync(dir);
  h.clock.advance(600_000);
  await until(() => backups.state()?.failing === null && backups.state()?.making === false);
  const { items } = await h.store.read.decisions({}, { limit: 99, cursor: null });
  assert.equal(items.filter(({ code }) => code === 'backup_failed').length, 1);
  assert.equal(heard.hear, 1);
  const events = await h.store.read.events(
    { type: 'ductile.backup.*', source: null, jobId: null },
    { limit: 9, cursor: null },
  );
  assert.deepEqual(events.items.map(({ type }) => type.replace('ductile.backup.', '')).toReversed(), [
    'failed',
    'failed',
    'done',
  ]);
  assert.equal(heard.wake, 3);
});

test('somebody may ask for one at any time, for one at a time', async (t) => {
  const { backups, dir } = await planned(t);
  const first = backups.make({ file: null, replace: false });
  await assert.rejects(backups.make({ file: join(dir, 'other'), replace: false }), { code: 'backup_running' });
  assert.equal((await first).file, join(dir, nameAt(0)));
});

test('without a plan nothing is made by itself, and a file must be named', async (t) => {
  const { h, backups, dir, options } = await planned(t);
  await h.use(snapshotOf({ ...options, service: { name: 'home' } }));
  backups.follow();
  assert.equal(h.clock.pending(), 0);
  assert.equal(backups.state(), null);
  await assert.rejects(backups.make({ file: null, replace: false }), { code: 'usage' });
  mkdirSync(dir);
  const { file, gateway } = await idleBackups(h.parts).make({ file: join(dir, 'named'), replace: false });
  assert.deepEqual([file, gateway], [join(dir, 'named'), 'home']);
});

test('the end of the gateway ends a backup that is being made, and nothing of it is left', async (t) => {
  const { backups, dir } = await planned(t);
  const making = backups.make({ file: null, replace: false });
  making.catch(() => {});
  await backups.stop();
  await assert.rejects(making, { code: 'draining' });
  assert.deepEqual(readdirSync(dir), []);
});
