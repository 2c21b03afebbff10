import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { FAULT_VARIABLE } from '../../prove/fault-variable.ts';
import { SWITCH_POINTS } from '../../src/platform/fault-point.ts';
import { draftOf, T0 } from '../../src/store/contract-values.ts';
import { openSqliteStore } from '../../src/store/sqlite/open.ts';
import { type Site, site } from './gateway-process.ts';

const ARM = new URL('../../prove/arm-fault-point.ts', import.meta.url).href;
const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url));
const CONFIG = `
service: { state_dir: ./state }
plugins:
  list: { uses: exec, config: { shell: echo one } }
`;

/** Runs `ductile restore` and kills it at the point. */
function restoreKilledAt(s: Site, point: string, file: string): NodeJS.Signals | null {
  const { PATH, HOME } = process.env;
  const args = ['--import', ARM, MAIN, 'restore', file, '--yes', '--config', s.config];
  return spawnSync(process.execPath, args, { cwd: s.dir, env: { PATH, HOME, [FAULT_VARIABLE]: `${point}:1` } }).signal;
}

/** Opens the database as a start does. */
async function jobsOf({ stateDir }: Site): Promise<readonly string[]> {
  const store = openSqliteStore({ dir: stateDir });
  const { items } = await store.read.jobs({ status: null, instance: null, since: null }, { limit: 9, cursor: null });
  await store.close();
  return items.map(({ id }) => id).toSorted();
}

/** Leaves a backup with the job `old` and a database with `old` and `new`. */
async function leaveBackup({ dir, stateDir }: Site): Promise<string> {
  const file = join(dir, 'backup');
  const store = openSqliteStore({ dir: stateDir });
  await store.commit({ kind: 'enqueue', drafts: [draftOf('old')] });
  await store.backup({ file, replace: false, gateway: 'ductile', at: T0 });
  await store.commit({ kind: 'enqueue', drafts: [draftOf('new')] });
  await store.close();
  return file;
}

for (const point of SWITCH_POINTS.filter((name) => !name.startsWith('upgrade.'))) {
  test(`a restore that is killed at ${point} leaves the old or the restored database, whole`, async (t) => {
    const s = site(t, CONFIG);
    const backup = await leaveBackup(s);
    assert.equal(restoreKilledAt(s, point, backup), 'SIGKILL');
    const decided = point.startsWith('switch.');
    assert.deepEqual(await jobsOf(s), decided ? ['old'] : ['new', 'old']);
    const kept = readdirSync(s.stateDir).filter((name) => name.includes('before-restore'));
    assert.equal(kept.length > 0, decided);
  });
}

test('while a restore waits to be finished, whoever only reads is told so', async (t) => {
  const s = site(t, CONFIG);
  const backup = await leaveBackup(s);
  restoreKilledAt(s, 'switch.decided', backup);
  const { code, stderr } = await s.ductile('job', 'list');
  assert.equal(code, 75);
  assert.match(stderr, /cut short.*\n.*ductile start/);
});

test('nothing is restored below a gateway that runs', async (t) => {
  const s = site(t, CONFIG);
  const gateway = await s.start();
  const backup = join(s.dir, 'backup');
  assert.equal((await s.ductile('backup', backup)).code, 0);
  const { code, stderr } = await s.ductile('restore', backup, '--yes');
  assert.equal(code, 1);
  assert.match(stderr, new RegExp(`already_running .*\\b${gateway.pid}\\b`));
  gateway.kill('SIGTERM');
  await gateway.ended;
  assert.equal((await s.ductile('restore', backup, '--yes')).code, 0);
});
