import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { invocation, nearPath } from './invocation.ts';

describe('nearPath', () => {
  for (const [path, cwd, near] of [
    ['/a/b/c.yaml', '/a', 'b/c.yaml'],
    ['/a/..b', '/a', '..b'],
    ['/a/b', '/a/c', '/a/b'],
    ['/a', '/a', '/a'],
    ['/', '/a', '/'],
  ] as const) {
    it(`shows ${path} in ${cwd} as ${near}`, () => assert.equal(nearPath(path, cwd), near));
  }
});

describe('invocation', () => {
  for (const [what, { file, env = {} }, line] of [
    ['a file that is found here', { file: 'ductile.yaml' }, 'ductile status'],
    ['a file in another place', { file: 'sub/ductile.yaml' }, 'ductile status --config sub/ductile.yaml'],
    [
      'a file that only this environment names',
      { file: 'sub/ductile.yaml', env: { DUCTILE_CONFIG: 'sub' } },
      'ductile status --config sub/ductile.yaml',
    ],
    [
      'a process that npm started',
      { file: 'ductile.yaml', env: { npm_lifecycle_event: 'start' } },
      'npx ductile status',
    ],
    [
      'a name that a shell would take apart',
      { file: "it's here/ductile.yaml" },
      "ductile status --config 'it'\\''s here/ductile.yaml'",
    ],
  ] as const) {
    it(`names ${what}: ${line}`, (t) => {
      const cwd = mkdtempSync(join(tmpdir(), 'ductile-invocation-'));
      t.after(() => rmSync(cwd, { recursive: true }));
      for (const dir of ['sub', "it's here"]) mkdirSync(join(cwd, dir));
      for (const name of ['ductile.yaml', 'sub/ductile.yaml', "it's here/ductile.yaml"])
        writeFileSync(join(cwd, name), '');
      assert.equal(invocation('status', { file: join(cwd, file), io: { cwd, env } }), line);
    });
  }

  it('names the file where none would be found', () => {
    assert.equal(
      invocation('status', { file: '/x/ductile.yaml', io: { cwd: '/nonexistent', env: { HOME: '/nonexistent' } } }),
      'ductile status --config /x/ductile.yaml',
    );
  });
});
