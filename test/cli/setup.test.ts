import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { site } from './site.ts';

const BROKEN = `service: { state_dir: ./state }
plugins:
  greet: { concurency: 2 }
  echo: { schedules: [ { every: often } ] }
  ghost:
`;

describe('ductile check', () => {
  it('says what a good configuration holds', async (t) => {
    const s = site(t);
    assert.deepEqual(await s.json(0, 'check'), { ok: true, file: join(s.dir, 'ductile.yaml'), problems: [] });
    const { code, out, err } = await s.say('check');
    assert.deepEqual([code, err], [0, '']);
    assert.equal(out, `✓ ${join(s.dir, 'ductile.yaml')}: 7 instances, 1 schedule, 2 routes\n`);
    assert.ok(!existsSync(join(s.dir, 'state')), 'nothing is stored');
  });

  it('ends with 78 and names every error with its place and hint', async (t) => {
    const s = site(t, BROKEN);
    const answer = await s.json(78, 'check');
    assert.equal(answer.ok, false);
    const found = answer.problems.map(
      ({ code, location }: { code: string; location: { line: number; column: number } }) => [
        code,
        location.line,
        location.column,
      ],
    );
    assert.deepEqual(found, [
      ['unknown_key', 3, 12],
      ['invalid_schedule', 4, 33],
      ['plugin_not_found', 5, 3],
    ]);
    const { code, out, err } = await s.say('check');
    assert.equal(code, 78);
    assert.equal(out, `✗ ${join(s.dir, 'ductile.yaml')}: 3 errors, 0 warnings\n`);
    assert.match(err, /ductile\.yaml:3:12 error unknown_key .*concurency.*\n {2}→ did you mean "concurrency"\?\n/);
    assert.match(err, /ductile\.yaml:4:33 error invalid_schedule .*often/);
  });

  it('counts warnings as errors with --strict only', async (t) => {
    const s = site(t, 'service: { state_dir: ./state }\nplugins:\n  greet: { config: { foldr: ./x } }\n');
    const { out } = await s.say('check');
    assert.match(out, /^✓ .* \(0 errors, 1 warning\)\n$/);
    const answer = await s.json(78, 'check', '--strict');
    assert.deepEqual(
      [answer.ok, answer.problems[0].severity, answer.problems[0].code],
      [false, 'warning', 'config_key_unknown'],
    );
  });

  it('other commands refuse an invalid configuration with the same list', async (t) => {
    const s = site(t, BROKEN);
    for (const words of [['start'], ['run', 'greet'], ['status'], ['route', 'test', 'a.b']]) {
      const { code, out, err } = await s.sayWith({}, ...words, '--json');
      assert.deepEqual([code, out], [78, ''], words.join(' '));
      const { error } = JSON.parse(err);
      assert.equal(error.code, 'config_invalid');
      assert.equal(error.problems.length, 3);
      assert.deepEqual(Object.keys(error.problems[0]), ['severity', 'code', 'message', 'location', 'hint']);
    }
    const { err } = await s.say('status');
    assert.match(err, /:3:12 error unknown_key/);
    assert.match(err, /error config_invalid .*\n {2}→ .*ductile check/);
    assert.ok(!existsSync(join(s.dir, 'state')));
  });

  it('a manifest for another protocol is an error', async (t) => {
    const s = site(t, undefined, {
      'plugins/echo/manifest.yaml': 'name: echo\nprotocol: 2\nentrypoint: echo.py\ncommands: [poll]\n',
    });
    const { problems } = await s.json(78, 'check');
    assert.deepEqual([problems[0].code, problems[0].location.line], ['protocol_unsupported', 2]);
  });
});

describe('the configuration', () => {
  it('is found through $DUCTILE_CONFIG, and --config wins', async (t) => {
    const s = site(t);
    const away = { cwd: '/', env: { DUCTILE_CONFIG: s.dir } };
    assert.match((await s.sayWith(away, 'check')).out, /✓ .*ductile\.yaml/);
    assert.equal((await s.sayWith(away, 'check', '--config', '/no/such')).code, 78);
    assert.equal((await s.sayWith({ cwd: '/' }, 'check', '--json')).code, 78);
  });
});

describe('ductile init', () => {
  it('makes a folder that checks and runs, and overwrites nothing', async (t) => {
    const s = site(t);
    const said = await s.say('init', 'mine');
    assert.equal(said.code, 0);
    assert.match(said.out, /✓ .*mine\n(?: {4}\S+\n)+\nNext:\n {2}cd mine\n {2}ductile check\n {2}ductile start\n$/);
    const cwd = join(s.dir, 'mine');
    assert.equal((await s.sayWith({ cwd }, 'check', '--strict')).code, 0);
    assert.equal((await s.sayWith({ cwd }, 'run', 'hello', '--wait')).code, 0);

    const again = await s.error(1, 'init', 'mine');
    assert.equal(again.code, 'file_exists');

    const here = join(s.dir, 'here');
    mkdirSync(here);
    const listed = JSON.parse((await s.sayWith({ cwd: here }, 'init', '--json')).out);
    assert.deepEqual([listed.folder, listed.files.includes('ductile.yaml')], [here, true]);
    assert.doesNotMatch(
      (await s.sayWith({ cwd: here, env: { npm_lifecycle_event: 'npx' } }, 'init', '../other')).out,
      / {2}ductile start/,
    );
  });

  it('puts the schema that editors need beside the configuration, which names it', async (t) => {
    const s = site(t);
    await s.say('init', 'mine');
    const [first = ''] = readFileSync(join(s.dir, 'mine/ductile.yaml'), 'utf8').split('\n');
    const named = /^# yaml-language-server: \$schema=(.+)$/.exec(first)?.[1] ?? '';
    const schema = readFileSync(join(s.dir, 'mine', named), 'utf8');
    assert.equal(schema, (await s.say('schema')).out);
  });

  it('keeps a .gitignore that is there', async (t) => {
    const s = site(t);
    mkdirSync(join(s.dir, 'repository'));
    writeFileSync(join(s.dir, 'repository/.gitignore'), 'mine\n');
    const { code, out } = await s.say('init', 'repository');
    assert.equal(code, 0);
    assert.match(out, /\nYour \.gitignore was left alone; add \.state\/ to it\.\n/);
    assert.equal(readFileSync(join(s.dir, 'repository/.gitignore'), 'utf8'), 'mine\n');
    assert.ok(existsSync(join(s.dir, 'repository/plugins/hello/hello.py')));
  });

  it('says how to reach a folder in which npx would not find the program', async (t) => {
    const s = site(t);
    const env = { npm_lifecycle_event: 'npx', npm_config_local_prefix: join(s.dir, 'clone') };
    const inside = await s.sayWith({ env }, 'init', 'clone/mine');
    assert.match(inside.out, /\nNext:\n {2}cd clone\/mine\n {2}npx ductile check\n/);
    const outside = await s.sayWith({ env }, 'init', 'mine');
    const folder = join(s.dir, 'mine');
    assert.ok(outside.out.endsWith(`  npx ductile check --config ${folder}\n  npx ductile start --config ${folder}\n`));
  });

  it('leaves a folder alone when only one of its files is there', async (t) => {
    const s = site(t);
    mkdirSync(join(s.dir, 'some'));
    writeFileSync(join(s.dir, 'some/ductile.yaml'), 'mine');
    assert.equal((await s.error(1, 'init', 'some')).code, 'file_exists');
    assert.ok(!existsSync(join(s.dir, 'some/plugins')));
  });
});

it('ductile schema prints a JSON Schema', async (t) => {
  const schema = JSON.parse((await site(t).say('schema')).out);
  assert.equal(schema.type, 'object');
  assert.ok('plugins' in schema.properties);
});
