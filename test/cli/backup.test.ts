import assert from 'node:assert/strict';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import type { Answer } from '../e2e/gateway-process.ts';
import { site } from './site.ts';

const CONFIG = `
service: { name: home, state_dir: ./state, backup: { dir: ./backups, every: 1h, keep: 3 } }
plugins:
  list: { uses: exec, config: { shell: echo one } }
`;
const UNPLANNED = CONFIG.replace(/, backup: .*\}/, ' }');

describe('ductile backup', () => {
  it('makes a file of its own name or one in the folder of the plan, with a gateway and without one', async (t) => {
    const s = site(t, CONFIG);
    assert.equal((await s.error(1, 'backup', 'early'))['code'], 'not_found');
    await s.json(0, 'run', 'list');
    const made = await s.json(0, 'backup', 'named');
    assert.deepEqual([made['file'], made['jobs'], made['gateway']], [join(s.dir, 'named'), 1, 'home']);
    assert.match((await s.json(0, 'backup'))['file'], /backups\/home-\d{8}T\d{6}Z\.ductile-backup$/);
    assert.equal((await s.error(1, 'backup', 'named'))['code'], 'file_exists');
    await s.start();
    const { out } = await s.say('backup', 'named', '--force');
    assert.match(out, /✓ .*named: [\d.]+ KiB, 1 job, schema \d+, of home now\n/);
    const { backup } = await s.json(0, 'status');
    assert.deepEqual([backup.keep, backup.failing_since, typeof backup.next_at], [3, null, 'string']);
    assert.match((await s.say('status')).out, /backup (now|\d+ s ago) \(/);
  });

  it('needs a name where there is no plan, and a folder that is there', async (t) => {
    const s = site(t, UNPLANNED);
    await s.json(0, 'run', 'list');
    assert.equal((await s.error(2, 'backup'))['code'], 'usage');
    assert.equal((await s.error(1, 'backup', 'none/named'))['code'], 'backup_failed');
    assert.equal((await s.json(0, 'status'))['backup'], null);
  });

  it('is planned by a rhythm that can be read', async (t) => {
    const s = site(t, CONFIG.replace('every: 1h', 'every: 1h, cron: "0 3 * * *"'));
    const { problems } = await s.json(78, 'check');
    assert.match(problems[0].message, /service\.backup: a schedule has exactly one of every, cron/);
    assert.equal(problems[0].location.line, 2);
  });
});

describe('ductile restore', () => {
  it('puts a backup in the place of the database and says where that is kept', async (t) => {
    const s = site(t, UNPLANNED);
    await s.json(0, 'run', 'list');
    await s.json(0, 'backup', 'named');
    await s.json(0, 'run', 'list');
    const looked = await s.json(0, 'restore', 'named', '--verify');
    assert.deepEqual([looked['restored'], looked['backup'].jobs], [false, 1]);
    const { out } = await s.say('restore', 'named', '--paused');
    assert.match(
      out,
      /restored: .*1 job.*\n.*kept as state\/ductile\.db\.before-restore-.*\n.*next ductile start.*resume/,
    );
    const { jobs } = await s.json(0, 'job', 'list');
    assert.equal(jobs.length, 1);
    assert.notEqual((await s.json(0, 'status'))['paused_at'], null);
    const again: Answer = await s.json(0, 'restore', 'named');
    assert.ok(existsSync(again['kept']));
    assert.equal(statSync(join(s.dir, 'state/ductile.db')).mode & 0o777, 0o600);
  });

  it('asks on a terminal, and changes nothing unless the answer is yes', async (t) => {
    const s = site(t, UNPLANNED);
    await s.json(0, 'run', 'list');
    await s.json(0, 'backup', 'named');
    const before = readFileSync(join(s.dir, 'state/ductile.db'));
    const no = await s.sayWith({ terminal: { columns: 120 }, stdin: 'n\n' }, 'restore', 'named');
    assert.equal(no.code, 1);
    assert.match(no.err, /Put the database of .* aside and restore .*1 job/);
    assert.deepEqual(readFileSync(join(s.dir, 'state/ductile.db')), before);
    assert.equal((await s.sayWith({ terminal: { columns: 120 }, stdin: 'y\n' }, 'restore', 'named')).code, 0);
  });

  it('restores although the configuration has errors, and refuses what is not a backup', async (t) => {
    const s = site(t, UNPLANNED);
    await s.json(0, 'run', 'list');
    await s.json(0, 'backup', 'named');
    writeFileSync(join(s.dir, 'ductile.yaml'), `${UNPLANNED}nonsense: 1\n`);
    assert.equal((await s.json(0, 'restore', 'named', '--yes'))['restored'], true);
    const { code, hint } = await s.error(1, 'restore', 'ductile.yaml', '--yes');
    assert.equal(code, 'backup_invalid');
    assert.match(hint, /ductile backup/);
  });
});

describe('ductile db stats', () => {
  it('tells of every table, before there is a database, with a gateway and without one', async (t) => {
    const s = site(t, UNPLANNED);
    assert.equal((await s.say('db', 'stats')).out, 'there is no database yet\n');
    await s.json(0, 'run', 'list', '--wait');
    const jobsOf = (stats: Answer): Answer => stats['tables'].find(({ table }: Answer) => table === 'jobs');
    assert.equal(jobsOf(await s.json(0, 'db', 'stats'))['rows'], 1);
    await s.start();
    const stats = await s.json(0, 'db', 'stats');
    assert.deepEqual([jobsOf(stats)['rows'], jobsOf(stats)['due'], stats['synchronous']], [1, 0, 'full']);
    assert.match((await s.say('db', 'stats')).out, /TABLE +ROWS +DATA +INDEXES[\s\S]*\njobs +1 /);
  });
});
