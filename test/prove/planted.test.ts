import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { BUGS } from '../../prove/planted/bugs.ts';
import { patched } from '../../prove/planted/copy-tree.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

describe('the planted bugs', () => {
  it('are at least ten, each with a name of its own', () => {
    assert.ok(BUGS.length >= 10);
    assert.equal(new Set(BUGS.map(({ name }) => name)).size, BUGS.length);
  });

  for (const { name, patches } of BUGS) {
    it(`fit the sources: ${name}`, () => {
      for (const patch of patches) {
        const text = readFileSync(join(ROOT, patch.file), 'utf8');
        assert.notEqual(patched(text, patch), text);
      }
    });
  }

  it('are refused where their place is missing or not the only one', () => {
    const patch = { file: 'a.ts', find: 'one', replace: 'two' };
    assert.equal(patched('only one here', patch), 'only two here');
    assert.throws(() => patched('none', { ...patch, find: 'x' }), /0 times/);
    assert.throws(() => patched('one or one', patch), /2 times/);
  });
});
