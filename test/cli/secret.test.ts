import assert from 'node:assert/strict';
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { site } from './site.ts';

const env = { HB_TOKEN: 'heartbeat-secret', SHORT: 'abc', HOOK: 'webhook-secret-1' };
const MANIFEST = `
name: keeper
protocol: 1
entrypoint: keeper.sh
commands: [poll, handle]
config_keys: { required: [token], optional: [url], secret: [token] }
`;

function configOf(plugins: string): string {
  return `
service: { state_dir: ./state, heartbeat_url: "http://127.0.0.1:9/\${env:HB_TOKEN}" }
plugins:
  keeper: { config: { token: literal-token-1, url: "http://x/\${file:key}" }, env: { A: "\${SHORT}", API_KEY: literal-key } }
${plugins}
routes:
  - { name: pass, event_type: a.b, to: keeper, with: { secret: "\${file:key}", token: "\${{ payload.token }}" } }
webhooks:
  listen: 127.0.0.1:0
  endpoints:
    - { name: hook, path: /hook, verify: { scheme: bearer, secrets: ["\${HOOK}", literal-hook-secret] }, to: keeper }
api: { listen: none }
`;
}

const OTHER = '  other: { uses: exec, config: { argv: ["true", "${file:key}"] } }';

function secretSite(t: TestContext) {
  const own = site(t, configOf(OTHER), {
    'plugins/keeper/manifest.yaml': MANIFEST,
    'plugins/keeper/keeper.sh': '#!/bin/sh\necho {}\n',
    key: 'file-secret-value\n',
  });
  chmodSync(join(own.dir, 'key'), 0o604);
  return own;
}

describe('ductile secret', () => {
  it('lists every secret with its source and who gets it, never its value', async (t) => {
    const own = secretSite(t);
    const { code, out, err } = await own.sayWith({ env }, 'secret', 'list', '--json');
    assert.equal(code, 0, err);
    const { secrets, next_cursor } = JSON.parse(out);
    assert.equal(next_cursor, null);
    const told = secrets.map((one: { name: string; source: string; masked: boolean; holders: { name: string }[] }) => [
      one.name.replace(own.dir, ''),
      one.source,
      one.masked,
      one.holders.map(({ name }) => name).join(' '),
    ]);
    assert.deepEqual(told, [
      ['env:HB_TOKEN', 'env', true, ''],
      ['plugins.keeper.config.token', 'configuration', true, 'keeper'],
      ['file:/key', 'file', true, 'keeper other keeper'],
      ['env:SHORT', 'env', false, 'keeper'],
      ['plugins.keeper.env.API_KEY', 'configuration', true, 'keeper'],
      ['env:HOOK', 'env', true, 'hook'],
      ['webhooks.endpoints[0].verify.secrets[1]', 'configuration', true, 'hook'],
    ]);
    for (const value of ['heartbeat-secret', 'file-secret', 'literal-token', 'literal-key', 'webhook-secret']) {
      assert.ok(!out.includes(value), value);
    }
    const text = (await own.sayWith({ env }, 'secret', 'list')).out;
    assert.match(text, /file:\S+key +keeper, other +the secret file ".+key" is readable by everyone\n/);
    assert.match(text, /env:SHORT +keeper +not masked: too short/);
    assert.match(text, /env:HOOK +webhook hook\n/);
  });

  it('who-saw tells who has it, who had it, and since when', async (t) => {
    const own = secretSite(t);
    const gateway = await own.start({ env });
    writeFileSync(join(own.dir, 'ductile.yaml'), configOf(''));
    const reloaded = await own.say('reload');
    assert.equal(reloaded.code, 0, reloaded.err);
    const [secret] = (await own.json(0, 'secret', 'who-saw', 'key'))['secrets'];
    const [first] = secret.holders;
    assert.match(first.since_version, /^[0-9a-f]{16}$/);
    const told = secret.holders.map((one: Record<string, string | null>) => [
      one['name'],
      one['key'],
      one['until_at'] === null,
    ]);
    assert.deepEqual(told, [
      ['keeper', 'plugins.keeper.config.url', true],
      ['keeper', 'routes[0].with.secret', true],
      ['other', 'plugins.other.config.argv[1]', false],
    ]);
    const { out } = await own.say('secret', 'who-saw', 'key');
    assert.match(
      out,
      /^file:.+key\nthe secret file .+\nWHO +KEY +SINCE +UNTIL\nkeeper +plugins\.keeper\.config\.url +/,
    );
    assert.equal(await gateway.stop(), 0);
  });

  it('who-saw takes a variable, a file or a place, and helps with a name that nothing has', async (t) => {
    const own = secretSite(t);
    for (const name of ['HOOK', 'env:HOOK', '${HOOK}', 'webhooks.endpoints[0].verify.secrets[0]']) {
      const { code, out } = await own.sayWith({ env }, 'secret', 'who-saw', name, '--json');
      assert.deepEqual([code, JSON.parse(out).secrets[0].name], [0, 'env:HOOK'], name);
    }
    const { code, err } = await own.sayWith({ env }, 'secret', 'who-saw', 'HOKO');
    assert.equal(code, 1);
    assert.match(err, /not_found no secret goes by the name "HOKO"\n.+did you mean "HOOK"\?/);
  });
});

describe('a plugin that prints a secret', () => {
  it('is told of on its attempt, by the name of the secret and where it was seen', async (t) => {
    const own = site(
      t,
      'service: { state_dir: ./state }\nplugins: { teller: { uses: exec, config: { shell: "echo $TOLD; echo $TOLD >&2", env: { TOLD: "${HOOK}" } } } }\n',
    );
    const { out } = await own.sayWith({ env }, 'run', 'teller', '--wait', '--json');
    assert.deepEqual(JSON.parse(out).attempts[0].warnings, [
      'the secret env:HOOK was printed and masked (in stderr, stdout): the plugin should keep it to itself',
    ]);
    const shown = await own.sayWith({ env }, 'job', 'show', JSON.parse(out).id);
    assert.match(shown.out, /warning the secret env:HOOK was printed and masked/);
    assert.ok(!(out + shown.out).includes(env.HOOK));
  });
});
