import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pathKey } from './path-key.ts';

test('paths that proxies may take for each other have one key', () => {
  for (const path of ['/hook/a', '/hook/a/', '/hook/a//', '/hook/%61', '/h%6Fok/a']) {
    assert.equal(pathKey(path), '/hook/a', path);
  }
  assert.equal(pathKey('/'), '/');
  assert.equal(pathKey('/a%2fb'), '/a%2Fb');
  assert.notEqual(pathKey('/a%2Fb'), pathKey('/a/b'));
  assert.notEqual(pathKey('/A'), pathKey('/a'));
});

test('a path that no request bears has none', () => {
  for (const path of ['/a//b', '/./a', '/a/..', '/%2e%2e/a', '/%', '/%zz', '/%ff']) {
    assert.equal(pathKey(path), null, path);
  }
});
