import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { fillTemplate, type InstanceTemplate } from '../domain/replay/instance-template.ts';
import { loadSnapshot } from './build-snapshot.ts';
import { secretValues } from './secret-values.ts';

const MANIFEST =
  'name: p\nprotocol: 1\nentrypoint: run\ncommands: [poll]\nconfig_keys: { optional: [pin, code, dir, home], secret: [pin, code], paths: [dir, home] }\n';
const ENV = { LONG: 'long-secret-value', SHORT: 'abc', HOME_DIR: 'somewhere-else' };

/** The templates of a configuration whose `plugins` are these. */
function templatesOf(t: TestContext, plugins: string) {
  const dir = mkdtempSync(join(tmpdir(), 'ductile-templates-'));
  t.after(() => rmSync(dir, { recursive: true }));
  const files = {
    'ductile.yaml': `service: { state_dir: ./state, redact: { keys: [mine] } }\ninclude: sub/more.yaml\nplugins:\n${plugins}`,
    'sub/more.yaml': 'plugins: { q: { uses: p, config: { key: "${file:key.pem}" } } }\n',
    'sub/key.pem': 'of-the-file\n',
    'plugins/p/manifest.yaml': MANIFEST,
    'plugins/p/run': '#!/bin/sh\n',
  };
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(dir, path)), { recursive: true, mode: 0o700 });
    writeFileSync(join(dir, path), text, { mode: 0o700 });
  }
  const { snapshot } = loadSnapshot({ file: join(dir, 'ductile.yaml'), env: ENV });
  const templateOf = (name: string): InstanceTemplate => {
    const template = snapshot.templates()[name];
    assert.ok(template !== undefined);
    return template;
  };
  return { dir, snapshot, templateOf };
}

test('secrets stand as references, and everything else as it is', (t) => {
  const { dir, templateOf } = templatesOf(
    t,
    `  p:
    env: { MODE: "\${LONG}", PLAIN: "\${SHORT}" }
    config:
      lone: "\${env:LONG}"
      mixed: "a \${SHORT} \${LONG} \${env:NONE:-other} $\${x}"
      pin: 48392017
      code: "\${SHORT}"
      nested: { mine: [ written, { deep: 1 } ], plain: [ 1, true, null ] }
      home: "\${HOME_DIR}/x"
      dir: ./data
      written: "Bearer abcdefghij"
`,
  );
  const { config, env, fills } = templateOf('p');
  assert.deepEqual(config, {
    lone: '***',
    mixed: '***',
    pin: '***',
    code: '***',
    nested: { mine: ['***', { deep: '***' }], plain: [1, true, null] },
    home: '***',
    dir: join(dir, 'data'),
    written: '***',
  });
  assert.deepEqual(env, { MODE: '***', PLAIN: 'abc' });
  assert.deepEqual(
    fills.map(
      ({ at, parts }) =>
        `${at.join('.')}: ${parts.map((one) => ('from' in one ? `<${one.from}>` : one.text)).join('')}`,
    ),
    [
      'config.lone: <env:LONG>',
      'config.mixed: a abc <env:LONG> other ${x}',
      'config.pin: <config:plugins.p.config.pin>',
      'config.code: <env:SHORT>',
      'config.nested.mine.0: <config:plugins.p.config.nested.mine.0>',
      'config.nested.mine.1.deep: <config:plugins.p.config.nested.mine.1.deep>',
      'config.home: <config:plugins.p.config.home>',
      'config.written: <config:plugins.p.config.written>',
      'env.MODE: <env:LONG>',
    ],
  );
  assert.deepEqual(templateOf('q').fills[0]?.parts, [{ from: `file:${join(dir, 'sub/key.pem')}` }]);
});

test('a template that is filled in with what there is now is the instance as it is now', (t) => {
  const { snapshot, templateOf } = templatesOf(
    t,
    `  p: { env: { M: "x\${LONG}" }, config: { z: 1, "2": b, "1": "\${LONG}", home: "\${HOME_DIR}", mine: { n: 7 }, pin: 12345678 } }
  sh: { uses: exec, env: { E: "\${LONG}" }, config: { shell: "echo \${LONG} $\${HOME}", stdin: payload } }
  run: { uses: exec, config: { argv: [ "./p/\${SHORT}", "\${LONG}" ], env: { token: "\${SHORT}" }, idempotent: false } }
`,
  );
  for (const name of ['p', 'q', 'sh', 'run']) {
    const instance = snapshot.instances.get(name);
    assert.ok(instance !== undefined);
    const secrets = secretValues({ given: new Map(), env: ENV, readsFiles: true, instance });
    const filled = fillTemplate(JSON.parse(JSON.stringify(templateOf(name))), secrets.resolve);
    const exec = instance.program.kind === 'exec' ? instance.program.exec : null;
    assert.deepEqual(filled.missing, []);
    assert.equal(JSON.stringify(filled.config), JSON.stringify(exec === null ? instance.config : {}), name);
    assert.deepEqual(filled.env, instance.env);
    assert.deepEqual(filled.exec, exec);
    assert.doesNotMatch(JSON.stringify(templateOf(name)), /long-secret-value|somewhere-else|of-the-file|12345678/);
    assert.ok(name === 'q' || secrets.values.has('long-secret-value'));
  }
});

test('a secret that was given by hand wins, and one that is nowhere is named', () => {
  const given = new Map([
    ['A', 'by-name'],
    ['env:B', 'by-reference'],
    ['file:/k', 'of-the-file'],
  ]);
  const { resolve, values } = secretValues({ given, env: { A: 'env', C: 'env-c' }, readsFiles: false, instance: null });
  const found = [
    'env:A',
    'env:B',
    'env:C',
    'env:toString',
    'file:/k',
    'file:/etc/passwd',
    'config:plugins.p.config.x',
  ].map((reference) => resolve(reference, ['config', 'x']));
  assert.deepEqual(found, ['by-name', 'by-reference', 'env-c', undefined, 'of-the-file', undefined, undefined]);
  assert.deepEqual([...values], ['by-name', 'by-reference', 'env-c', 'of-the-file']);
});
