import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { SWITCH_POINTS } from '../../src/platform/fault-point.ts';
import { draftOf } from '../../src/store/contract-values.ts';
import { Connection } from '../../src/store/sqlite/connection.ts';
import { bundledMigrations } from '../../src/store/sqlite/migrate.ts';
import { DATABASE_FILE } from '../../src/store/sqlite/open.ts';
import { leaveOldDatabase } from '../old-database.ts';
import { type Site, site } from './gateway-process.ts';

const CONFIG = `
service: { state_dir: ./state }
plugins:
  list: { uses: exec, config: { shell: echo one } }
`;
const OLD = 9;
const NEW = bundledMigrations().at(-1)?.version ?? 0;

/** Leaves a database as the version with the schema before left it: some jobs that ended, and many that wait for an instance that is paused. */
function leaveOld({ stateDir }: Site): readonly string[] {
  const ids = Array.from({ length: 50 }, (_, index) => `job-${index}`);
  const drafts = ids.map((id) => draftOf(id, { instance: 'list', command: 'poll', plugin: 'exec', payload: {} }));
  leaveOldDatabase(stateDir, { schema: OLD, jobs: drafts });
  return ids;
}

/** The schema and the jobs of a database file, once its pages have been checked. */
function look(path: string): { readonly schema: number; readonly jobs: number } {
  const db = new Connection(path, { readOnly: true });
  assert.equal(db.get<{ integrity_check: string }>('PRAGMA integrity_check')?.integrity_check, 'ok');
  const schema = db.get<{ user_version: number }>('PRAGMA user_version')?.user_version ?? -1;
  const jobs = db.get<{ count: number }>('SELECT count(*) AS count FROM jobs')?.count ?? -1;
  db.close();
  return { schema, jobs };
}

for (const point of SWITCH_POINTS.filter((name) => !name.startsWith('restore.'))) {
  test(`an upgrade that is killed at ${point} leaves the old or the new database, whole, and the next start goes on`, async (t) => {
    const s = site(t, CONFIG);
    const ids = leaveOld(s);
    const { signal } = await s.launch({ killAt: `${point}:1` }).ended;
    assert.equal(signal, 'SIGKILL');

    const files = readdirSync(s.stateDir).filter((name) => name.startsWith(DATABASE_FILE) && !/-(wal|shm)$/.test(name));
    const whole = files.filter((name) => !name.endsWith('.staged'));
    for (const name of whole) {
      const { schema, jobs } = look(join(s.stateDir, name));
      assert.equal(jobs, ids.length, name);
      assert.equal(schema, name.includes('.next.') || isDone(name, whole) ? NEW : OLD, name);
    }

    const gateway = await s.start();
    const { storage, jobs } = await s.json('status');
    assert.equal(storage.ok, true);
    assert.equal(jobs.queued + jobs.running + jobs.succeeded, ids.length);
    gateway.kill('SIGTERM');
    await gateway.ended;
    assert.equal(look(join(s.stateDir, DATABASE_FILE)).schema, NEW);
    assert.deepEqual(look(join(s.stateDir, `${DATABASE_FILE}.before-upgrade-from-${OLD}`)), { schema: OLD, jobs: 50 });
    assert.equal(existsSync(join(s.stateDir, `${DATABASE_FILE}.staged`)), false);
  });
}

/** True for the database in its place once the one before lies beside it and no other waits. */
function isDone(name: string, all: readonly string[]): boolean {
  return (
    name === DATABASE_FILE &&
    all.some((other) => other.includes('.before-upgrade-')) &&
    !all.some((other) => other.includes('.next.'))
  );
}
