import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, beforeEach, describe, it } from 'node:test';
import { compareHashes, differenceText, hashPlugin } from './hash-plugin.ts';

const dir = mkdtempSync(join(tmpdir(), 'ductile-hash-'));
after(() => rmSync(dir, { recursive: true, force: true }));

/** What differs from `before` now, in words. */
function differenceTo(before: ReadonlyMap<string, string>): string | null {
  return differenceText(compareHashes(before, hashPlugin(dir)));
}

describe('a plugin is held to its hashes', () => {
  beforeEach(() => {
    rmSync(dir, { recursive: true, force: true });
    mkdirSync(join(dir, 'bin'), { recursive: true });
    writeFileSync(join(dir, 'run.py'), 'print(1)\n');
    writeFileSync(join(dir, 'bin/tool'), 'tool\n');
    symlinkSync('/usr/bin/env', join(dir, 'bin/python'));
  });

  it('with relative paths, links by where they point', () => {
    const hashes = hashPlugin(dir);
    assert.deepEqual([...hashes.keys()], ['bin/python', 'bin/tool', 'run.py']);
    assert.equal(hashes.get('bin/python'), 'link:/usr/bin/env');
    assert.match(hashes.get('run.py') ?? '', /^sha256:[0-9a-f]{64}$/);
    assert.equal(differenceTo(hashes), null);
  });

  it('and a change of the same size with its time set back is seen', () => {
    const { mtime } = statSync(join(dir, 'run.py'));
    const before = hashPlugin(dir);
    writeFileSync(join(dir, 'run.py'), 'print(2)\n');
    utimesSync(join(dir, 'run.py'), mtime, mtime);
    assert.equal(differenceTo(before), 'run.py was changed');
  });

  it('and files that go or come, and links that lead elsewhere', () => {
    const before = hashPlugin(dir);
    rmSync(join(dir, 'bin/tool'));
    rmSync(join(dir, 'bin/python'));
    symlinkSync('/bin/sh', join(dir, 'bin/python'));
    writeFileSync(join(dir, 'sitecustomize.py'), '');
    assert.deepEqual(compareHashes(before, hashPlugin(dir)), {
      changed: ['bin/python'],
      missing: ['bin/tool'],
      extra: ['sitecustomize.py'],
    });
    assert.equal(differenceTo(before), 'bin/python was changed, and 2 more');
  });

  it('but not to what Python writes by itself', () => {
    const before = hashPlugin(dir);
    mkdirSync(join(dir, 'bin/__pycache__'));
    writeFileSync(join(dir, 'bin/__pycache__/x.pyc'), '');
    assert.equal(differenceTo(before), null);
  });
});
