import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { site } from './site.ts';

const CONFIG = `service: { state_dir: ./state, name: "\${env:NAME:-home}" }
include: more.yaml
defaults: { retry: { base: 5s } }
plugins:
  greet:
    config:
      folder: ./drop
      password: "s3cret-literal"
  list: { uses: exec, config: { shell: "echo \${TOKEN}", env: { API_KEY: "plain-key-value" } } }
webhooks:
  endpoints:
    - { name: w, path: /w, verify: { scheme: github, secrets: [ "short" ] }, to: list }
`;
const MORE = `routes:
  - { name: r, event_type: a.b, to: list }
`;
const ENV = { TOKEN: 'a-token-from-outside' };

function setUp(t: Parameters<typeof site>[0]) {
  const s = site(t, CONFIG, { 'more.yaml': MORE });
  const say = (...words: readonly string[]) => s.sayWith({ env: ENV }, ...words);
  return { ...s, say };
}

describe('ductile config show', () => {
  it('shows all files as one, references as they are written, secrets masked', async (t) => {
    const s = setUp(t);
    const { code, out } = await s.say('config', 'show');
    assert.equal(code, 0);
    assert.match(out, /^# ductile\.yaml, version [0-9a-f]{16}\nservice:\n/);
    assert.match(out, /name: \$\{env:NAME:-home\}\n/);
    assert.match(out, /shell: echo \$\{TOKEN\}\n/);
    assert.match(out, /routes:\n {2}- name: r\n/);
    assert.match(out, /password: "\*\*\*"\n/);
    assert.match(out, /secrets:\n {10}- "\*\*\*"\n/);
    const effective = await s.say('config', 'show', '--effective', '--json');
    for (const secret of ['s3cret-literal', 'plain-key-value', '"short"', 'a-token-from-outside']) {
      assert.ok(!out.includes(secret) && !effective.out.includes(secret), secret);
    }
  });

  it('lists every value with its place, with or without a gateway', async (t) => {
    const s = setUp(t);
    const alone = JSON.parse((await s.say('config', 'show', '--effective', '--json')).out);
    const gateway = await s.start({ env: ENV });
    const asked = JSON.parse((await s.say('config', 'show', '--effective', '--json')).out);
    await gateway.stop();
    assert.deepEqual(asked, alone);
    const origins = new Map(
      alone.values.map(({ path, value, origin }: { path: string; value: unknown; origin: Record<string, never> }) => {
        const { file = '', line = 0, column = 0 } = origin['location'] ?? {};
        const place = file === '' ? '-' : `${String(file).replace(`${s.dir}/`, '')}:${line}:${column}`;
        return [path, `${JSON.stringify(value)} ${origin['kind']} ${place} ${origin['reference']}`];
      }),
    );
    assert.equal(origins.get('service.name'), '"home" environment ductile.yaml:1:38 ${env:NAME:-home}');
    assert.equal(
      origins.get('service.state_dir'),
      `${JSON.stringify(join(s.dir, 'state'))} file ductile.yaml:1:23 null`,
    );
    assert.equal(origins.get('service.log_level'), '"info" default - null');
    assert.equal(origins.get('routes[0].name'), '"r" file more.yaml:2:13 null');
    assert.equal(origins.get('plugins.greet.retry.base'), '"5s" defaults ductile.yaml:3:28 null');
    assert.equal(origins.get('plugins.greet.config.password'), '"***" file ductile.yaml:8:17 null');
    assert.equal(origins.get('plugins.list.config.shell'), '"echo ***" environment ductile.yaml:9:40 echo ${TOKEN}');
  });

  it('is an aligned table on a terminal', async (t) => {
    const { out } = await setUp(t).say('config', 'show', '--effective');
    assert.match(out, /^KEY +VALUE +FROM\n/);
    assert.match(out, /\nservice\.log_level +info +default\n/);
    assert.match(out, /\nplugins\.greet\.retry\.base +5s +defaults, ductile\.yaml:3:28\n/);
  });
});

describe('ductile config history and diff', () => {
  it('keep each configuration that a gateway started with, and compare them', async (t) => {
    const s = site(t, 'service: { state_dir: ./state }\nplugins:\n  greet:\n  echo:\n');
    assert.equal((await s.say('config', 'history')).out, 'no configuration has been in force yet\n');
    assert.match((await s.error(1, 'config', 'diff')).message, /no configuration has been in force/);
    const run = async () => (await s.start()).stop();
    await run();
    await run();
    assert.match((await s.error(1, 'config', 'diff')).message, /only one configuration has been in force/);
    const file = join(s.dir, 'ductile.yaml');
    writeFileSync(file, readFileSync(file, 'utf8').replace('  echo:\n', '  echo: { concurrency: 3 }\n'));
    await run();
    const { versions, next_cursor } = await s.json(0, 'config', 'history');
    assert.deepEqual([versions.length, next_cursor, versions[0].file], [2, null, file]);
    assert.match((await s.say('config', 'history')).out, /^VERSION +IN FORCE SINCE +FILE\n[0-9a-f]{16} +\S/);

    const { out } = await s.say('config', 'diff');
    const lines = out.split('\n');
    assert.match(lines[0] ?? '', new RegExp(`^- ${versions[1].version} `));
    assert.match(lines[1] ?? '', new RegExp(`^\\+ ${versions[0].version} `));
    assert.deepEqual(lines.slice(2), [
      '@ line 2',
      '    state_dir: ./state',
      '  plugins:',
      '    greet: null',
      '-   echo: null',
      '+   echo:',
      '+     concurrency: 3',
      '  api:',
      '    listen: none',
      '',
    ]);
    const back = await s.json(0, 'config', 'diff', versions[0].version.slice(0, 6), versions[1].version);
    assert.deepEqual([back.from.version, back.to.version], [versions[0].version, versions[1].version]);
    assert.deepEqual(
      back.hunks[0].lines.filter(({ kind }: { kind: string }) => kind === 'new'),
      [{ kind: 'new', text: '  echo: null' }],
    );
    assert.match((await s.say('config', 'diff', versions[0].version)).out, /\nthe same\n$/);
    assert.match((await s.error(1, 'config', 'diff', 'zz')).message, /no version "zz"/);
    assert.match((await s.error(1, 'config', 'diff', '')).message, /is the beginning of 2 versions|no version/);
  });

  it('say so when no line differs', async (t) => {
    const s = site(t, 'service: { state_dir: ./state, name: "${NAME}" }\n');
    for (const NAME of ['one', 'two']) await (await s.start({ env: { NAME } })).stop();
    const { out } = await s.sayWith({ env: { NAME: 'two' } }, 'config', 'diff');
    assert.match(out, /\nno line differs: what the configuration refers to has changed/);
  });
});
