import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, describe, it } from 'node:test';
import { OperatorError } from '../domain/errors.ts';
import { loadSnapshot } from './build-snapshot.ts';

const root = mkdtempSync(join(tmpdir(), 'ductile-include-'));
after(() => rmSync(root, { recursive: true, force: true }));
let sites = 0;

/** Writes files into a folder of their own and loads the first of them. */
function load(files: Readonly<Record<string, string>>, env: Readonly<Record<string, string>> = {}) {
  const dir = join(root, `site-${++sites}`);
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(dir, name)), { recursive: true });
    writeFileSync(join(dir, name), text, { mode: 0o600 });
  }
  const [main = ''] = Object.keys(files);
  const short = (text: string): string => text.replaceAll(dir, '~');
  try {
    const { snapshot, warnings } = loadSnapshot({ file: join(dir, main), env: { HOME: dir, ...env } });
    return { dir, snapshot, problems: warnings.map(({ message }) => short(message)) };
  } catch (error) {
    if (!(error instanceof OperatorError)) throw error;
    const problems = error.problems.map(({ code, message, location }) =>
      short(`${code} ${location?.file}:${location?.line}:${location?.column} ${message}`),
    );
    return { dir, snapshot: null, problems };
  }
}

const instance = (name: string): string => `plugins:\n  ${name}: { uses: exec, config: { shell: "true" } }\n`;

describe('include', () => {
  it('merges maps and joins lists of routes, files of a glob in the order of their names', () => {
    const { snapshot, problems } = load({
      'ductile.yaml': `include: [ "conf.d/*.yaml", more.yaml ]\nservice: { concurrency: 3 }\n${instance('a')}routes:\n  - { name: first, event_type: x, to: a }\n`,
      'conf.d/20.yaml': 'service: { name: home }\nroutes:\n  - { name: third, event_type: x, to: c }\n',
      'conf.d/10.yaml': `${instance('b')}routes:\n  - { name: second, event_type: x, to: b }\n`,
      'more.yaml': `${instance('c')}webhooks:\n`,
    });
    assert.deepEqual(problems, []);
    assert.deepEqual([...(snapshot?.instances.keys() ?? [])], ['a', 'b', 'c']);
    assert.deepEqual(
      snapshot?.routes.map(({ name }) => name),
      ['first', 'second', 'third'],
    );
    assert.deepEqual([snapshot?.service.name, snapshot?.service.concurrency], ['home', 3]);
  });

  it('refuses a leaf that two files set, naming both places', () => {
    const { problems } = load({
      'ductile.yaml': `include: more.yaml\nservice:\n  timezone: UTC\n${instance('a')}`,
      'more.yaml': 'service: { timezone: Europe/Berlin }\n',
    });
    assert.deepEqual(problems, ['set_twice ~/more.yaml:1:12 service.timezone is set here and in ~/ductile.yaml:3:3']);
  });

  it('names the file that is wrong, in entries of joined lists too', () => {
    const { problems } = load({
      'ductile.yaml': `include: more.yaml\n${instance('a')}routes:\n  - { name: one, event_type: x, to: a }\n`,
      'more.yaml': 'plugins:\n  b: { uses: exec, confg: {} }\nroutes:\n  - { name: two, event_type: x, to: nobody }\n',
    });
    for (const place of ['unknown_key ~/more.yaml:2:20', 'unknown_reference ~/more.yaml:4:']) {
      assert.ok(
        problems.some((problem) => problem.startsWith(place)),
        `${place}: ${problems.join('; ')}`,
      );
    }
  });

  it('starts relative paths and secret files at the file that names them', () => {
    const { dir, snapshot, problems } = load({
      'ductile.yaml': 'include: sub/more.yaml\n',
      'sub/more.yaml':
        'service: { state_dir: ./state }\nplugins:\n  a: { uses: exec, config: { argv: [./run.sh, "${file:secret}"] } }\n',
      'sub/secret': 'hunter2hunter2\n',
      'sub/run.sh': '#!/bin/sh\n',
    });
    assert.deepEqual(problems, ['a would not start: ~/sub/run.sh is not executable; chmod +x it']);
    assert.equal(snapshot?.service.stateDir, join(dir, 'sub/state'));
    const program = snapshot?.instances.get('a')?.program;
    assert.deepEqual(program?.kind === 'exec' && program.exec.argv, [join(dir, 'sub/run.sh'), 'hunter2hunter2']);
  });

  it('takes a file once, however often it is named', () => {
    const { snapshot, problems } = load({
      'ductile.yaml': 'include: [one.yaml, "*.yml", two.yaml]\n',
      'one.yaml': `include: two.yaml\n${instance('a')}`,
      'two.yaml': instance('b'),
      'three.yml': instance('c'),
    });
    assert.deepEqual(problems, []);
    assert.equal(snapshot?.instances.size, 3);
  });

  it('refuses circles, through links too', () => {
    const { problems } = load({
      'ductile.yaml': 'include: sub/one.yaml\n',
      'sub/one.yaml': 'include: ../ductile.yaml\n',
    });
    assert.deepEqual(problems, [
      'include_refused ~/sub/one.yaml:1:10 ~/ductile.yaml includes itself: ~/ductile.yaml → ~/sub/one.yaml → ~/ductile.yaml',
    ]);
    const dir = join(root, `site-${++sites}`);
    mkdirSync(dir);
    writeFileSync(join(dir, 'ductile.yaml'), 'include: link.yaml\n');
    symlinkSync('ductile.yaml', join(dir, 'link.yaml'));
    assert.throws(() => loadSnapshot({ file: join(dir, 'ductile.yaml'), env: {} }), { code: 'config_invalid' });
  });

  it('lists every file that is missing or malformed at once', () => {
    const { problems } = load({
      'ductile.yaml': 'include:\n  - gone.yaml\n  - broken.yaml\n  - list.yaml\n  - ${UNSET}/x.yaml\n',
      'broken.yaml': 'a: [1\n',
      'list.yaml': '- 1\n',
    });
    assert.deepEqual(problems.map((problem) => problem.split(' ').slice(0, 2).join(' ')).toSorted(), [
      'env_unset ~/ductile.yaml:5:5',
      'file_unreadable ~/ductile.yaml:2:5',
      'wrong_type ~/list.yaml:1:1',
      'yaml_syntax ~/broken.yaml:1:5',
    ]);
  });

  it('warns of a glob that matches nothing, and reports an include of the wrong type', () => {
    assert.deepEqual(load({ 'ductile.yaml': `include: "conf.d/*.yaml"\n${instance('a')}` }).problems, [
      'no file matches "conf.d/*.yaml", which starts at ~',
    ]);
    const { problems } = load({ 'ductile.yaml': `include: { a: 1 }\n${instance('a')}` });
    assert.match(problems[0] ?? '', /^wrong_type ~\/ductile\.yaml:1:\d+ include: expected a file or a list of files/);
  });

  it('refuses more files than a person keeps', () => {
    const files = Object.fromEntries(Array.from({ length: 300 }, (_, i) => [`conf.d/${i}.yaml`, '{}\n']));
    const { problems } = load({ 'ductile.yaml': 'include: "conf.d/*"\n', ...files });
    assert.deepEqual(problems, ['include_refused ~/ductile.yaml:1:10 more than 256 files are included']);
  });
});
