import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { it } from 'node:test';
import { parse } from 'yaml';
import { makeConfigFolder } from '../../test/fixtures/config/plugins.ts';
import { loadSnapshot } from './build-snapshot.ts';

const folder = makeConfigFolder();
const file = join(folder, 'ductile.yaml');

function shownOf(yaml: string, more: Readonly<Record<string, string>> = {}) {
  writeFileSync(file, yaml);
  return loadSnapshot({ file, env: { HOME: folder, TOKEN: 'a-long-token', ...more } }).snapshot.shown();
}

it('what a manifest calls secret is masked whatever it looks like, a reference to it is not', () => {
  const { text, written } = shownOf(`plugins:
  short: { uses: withings, config: { client_id: x, client_secret: 12 } }
  deep: { uses: withings, config: { client_id: x, client_secret: { a: [ab, 7, true, ""] } } }
  away: { uses: withings, config: { client_id: "\${TOKEN}", client_secret: "\${file:secret}" } }
`);
  assert.deepEqual(parse(text), {
    plugins: {
      short: { uses: 'withings', config: { client_id: 'x', client_secret: '***' } },
      deep: { uses: 'withings', config: { client_id: 'x', client_secret: { a: ['***', '***', true, ''] } } },
      away: { uses: 'withings', config: { client_id: '${TOKEN}', client_secret: '${file:secret}' } },
    },
  });
  const values = written.map(({ value }) => JSON.stringify(value)).join(' ');
  assert.ok(!/hunter2|a-long-token|\b12\b|\b7\b|"ab"/.test(values), values);
});

it('a secret is masked in keys and in texts beside references, too', () => {
  const { text } = shownOf(`service: { redact: { keys: [shoe_size], patterns: ["card-\\\\d+"] } }
plugins:
  b:
    uses: exec
    config: { shell: "curl -u me:a-long-token \${HOME} card-12345" }
    env: { SHOE_SIZE: "44", A: "a-long-token" }
  c: { uses: exec, config: { shell: "\${TOKEN}" } }
`);
  assert.ok(!/a-long-token|card-1|"?44"?/.test(text), text);
  assert.match(text, /\$\{HOME\}/);
});

it('a configuration that says nothing is shown as nothing', () => {
  assert.deepEqual(shownOf(''), { text: '', written: [] });
});

it('what is shown does not decide about the version, what is meant does', () => {
  const yaml = 'service: { name: "${NAME}" }\n';
  const versionOf = (NAME: string) => {
    writeFileSync(file, yaml);
    return loadSnapshot({ file, env: { HOME: folder, NAME } }).snapshot;
  };
  const [one, two] = [versionOf('one'), versionOf('two')];
  assert.equal(one.shown().text, two.shown().text);
  assert.notEqual(one.version, two.version);
});
