import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { cacheDir } from './compile-cache.ts';

function home(t: TestContext): string {
  const dir = mkdtempSync(join(tmpdir(), 'ductile-home-'));
  t.after(() => rmSync(dir, { recursive: true }));
  return dir;
}

describe('the folder for compiled code', () => {
  it('is made in the cache of the user, for this user alone', (t) => {
    const HOME = home(t);
    mkdirSync(join(HOME, '.cache'));
    const dir = cacheDir({ HOME });
    assert.equal(dir, join(HOME, '.cache', 'ductile'));
    assert.equal(statSync(dir ?? '').mode & 0o777, 0o700);
    assert.equal(cacheDir({ HOME }), dir, 'and found again');
    const other = join(HOME, 'other');
    mkdirSync(other);
    assert.equal(cacheDir({ HOME, XDG_CACHE_HOME: other }), join(other, 'ductile'));
  });

  it('is not used where somebody else could put code', (t) => {
    const HOME = home(t);
    assert.equal(cacheDir({ HOME }), null, 'nobody keeps a cache here');
    const cache = join(HOME, '.cache');
    mkdirSync(cache);
    chmodSync(cache, 0o777);
    assert.equal(cacheDir({ HOME }), null, 'everyone may write to the cache');
    chmodSync(cache, 0o700);
    symlinkSync('/tmp', join(cache, 'ductile'));
    assert.equal(cacheDir({ HOME }), null, 'it is a link');
    rmSync(join(cache, 'ductile'));
    chmodSync(HOME, 0o770);
    assert.equal(cacheDir({ HOME }), null, 'the group may write to the home');
    assert.equal(cacheDir({ HOME: '/nonexistent' }), null);
  });
});
