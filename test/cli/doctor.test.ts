import assert from 'node:assert/strict';
import { chmodSync, closeSync, mkdirSync, openSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, test } from 'node:test';
import { backupName } from '../../src/domain/backup-plan.ts';
import type { Answer } from '../e2e/gateway-process.ts';
import { type Site, site } from './site.ts';

const CONFIG = `
service: { name: home, state_dir: ./state, backup: { dir: ./backups, every: 6h } }
plugins:
  greet:
  list: { uses: exec, config: { shell: echo one } }
`;
const DAY = 86_400_000;

/** Findings of a check that are not as they should be, after `before` was done to a site that is well. */
async function found(s: Site, code: 0 | 1): Promise<readonly Answer[]> {
  const { ok, failed, warned, checks } = await s.json(code, 'doctor');
  assert.equal(ok, code === 0);
  const count = (level: string): number => checks.filter((one: Answer) => one['level'] === level).length;
  assert.deepEqual([failed, warned], [count('fail'), count('warn')]);
  for (const { level, hint, text } of checks) {
    assert.equal(hint === null, level === 'ok', text);
    assert.notEqual(text, '');
  }
  return checks.filter(({ level, check }: Answer) => level !== 'ok' && check !== 'backups');
}

async function well(...given: Parameters<typeof site>): Promise<Site> {
  const s = site(given[0], CONFIG);
  await s.json(0, 'run', 'list', '--wait');
  await s.json(0, 'backup');
  return s;
}

describe('ductile doctor', () => {
  test('finds nothing where everything is well, with a gateway and without one', async (t) => {
    const s = await well(t);
    assert.deepEqual(await found(s, 0), []);
    const { out, code } = await s.say('doctor');
    assert.equal(code, 0);
    assert.match(out, /✓ gateway: none runs/);
    assert.match(out, /✓ integrity: every page of .*ductile\.db is sound/);
    await s.start();
    assert.deepEqual(await found(s, 0), []);
    assert.match((await s.say('doctor')).out, /✓ gateway: it runs \(pid \d+\)[\s\S]*✓ durability: synchronous is full/);
  });

  test('says of each thing that is wrong what it is and what to do', async (t) => {
    const cases: readonly (readonly [
      what: string,
      code: 0 | 1,
      check: string,
      text: RegExp,
      harm: (s: Site) => void,
    ])[] = [
      ['damage', 1, 'integrity', /is damaged/, (s) => damage(join(s.dir, 'state/ductile.db'))],
      [
        'not a database',
        1,
        'storage',
        /not a database/,
        (s) => writeFileSync(join(s.dir, 'state/ductile.db'), 'x'.repeat(9_999)),
      ],
      ['a newer schema', 1, 'schema', /has schema 999/, (s) => sql(s, 'PRAGMA user_version = 999')],
      ['an older schema', 0, 'schema', /has schema 3; this/, (s) => sql(s, 'PRAGMA user_version = 3')],
      [
        'a clock that is behind',
        0,
        'clock',
        /later than now/,
        (s) => sql(s, `UPDATE jobs SET created_at = ${Date.now() + DAY}`),
      ],
      ['an open directory', 1, 'state directory', /is open to others/, (s) => chmodSync(join(s.dir, 'state'), 0o755)],
      [
        'an open file',
        0,
        'state directory',
        /others may use/,
        (s) => chmodSync(join(s.dir, 'state/ductile.db'), 0o644),
      ],
      [
        'a configuration of many',
        0,
        'configuration files',
        /others may change/,
        (s) => chmodSync(join(s.dir, 'ductile.yaml'), 0o666),
      ],
      ['a plugin without a program', 1, 'configuration', /greet/, (s) => rmSync(join(s.dir, 'plugins/greet/greet.sh'))],
      [
        'a restore that was cut short',
        0,
        'database',
        /cut short/,
        (s) => writeFileSync(join(s.dir, 'state/ductile.db.next.before-restore-1'), '', { mode: 0o600 }),
      ],
      [
        'many old databases',
        0,
        'old databases',
        /1 of before/,
        (s) =>
          writeFileSync(join(s.dir, 'state/ductile.db.before-upgrade-from-1'), 'x'.repeat(2_000_000), { mode: 0o600 }),
      ],
    ];
    for (const [what, code, check, text, harm] of cases) {
      await t.test(what, async (inner) => {
        const s = await well(inner);
        harm(s);
        const findings = await found(s, code);
        assert.deepEqual(
          findings.map((finding) => finding['check']),
          [check],
        );
        assert.match(findings[0]?.['text'], text);
      });
    }
  });

  test('says of a file that is no database how to get one again', async (t) => {
    const s = await well(t);
    writeFileSync(join(s.dir, 'state/ductile.db'), 'x'.repeat(9_999));
    const [finding] = await found(s, 1);
    assert.match(finding?.['text'], /^the file is not a database/);
    assert.match(finding?.['hint'], /ductile restore/);
  });

  test('looks at the rest when the configuration is broken, and at what there is when it cannot be read', async (t) => {
    const s = await well(t);
    writeFileSync(join(s.dir, 'ductile.yaml'), `${CONFIG}nonsense: 1\nfurther: 2\n`);
    const [broken] = await found(s, 1);
    assert.match(broken?.['text'], /has 2 errors: unknown key "nonsense"/);
    assert.match((await s.say('doctor')).out, /✓ integrity/);
    writeFileSync(join(s.dir, 'ductile.yaml'), 'service: [');
    assert.match((await found(s, 1))[0]?.['text'], /has 1 error: /);
    assert.match((await s.say('doctor')).out, /✓ runtime/);
  });

  test('tells of backups that nobody plans, that are not there, overdue, or on the same disk', async (t) => {
    const s = await well(t);
    const backups = async (code: 0 | 1): Promise<Answer> => {
      const { checks } = await s.json(code, 'doctor');
      return checks.find(({ check }: Answer) => check === 'backups');
    };
    assert.match((await backups(0))['text'], /on the disk of the state directory/);
    const dir = join(s.dir, 'backups');
    rmSync(dir, { recursive: true });
    assert.match((await backups(0))['text'], /there is none/);
    mkdirSync(dir);
    writeFileSync(join(dir, backupName('home', Date.now() - DAY)), '');
    const overdue = await backups(1);
    assert.deepEqual([overdue['level'], /overdue/.test(overdue['text'])], ['fail', true]);
    writeFileSync(join(s.dir, 'ductile.yaml'), CONFIG.replace(/, backup: .*\}/, ' }'));
    assert.match((await backups(0))['text'], /none are made/);
  });
});

function sql(s: Site, text: string): void {
  const db = new DatabaseSync(join(s.dir, 'state/ductile.db'));
  db.exec(text);
  db.close();
}

/** Makes the header count free pages that there are not (https://sqlite.org/fileformat.html). */
function damage(file: string): void {
  const descriptor = openSync(file, 'r+');
  writeSync(descriptor, Buffer.from([0, 0, 0, 99]), 0, 4, 36);
  closeSync(descriptor);
}
