import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compilePattern, MAX_BLOCK, patternProblem, unfinishedBlock } from './redact-patterns.ts';

test('an invalid pattern is told before it is used', () => {
  assert.equal(patternProblem('a+'), null);
  assert.match(patternProblem('(') ?? '', /missing closing/);
  assert.match(patternProblem('(?=a)') ?? '', /invalid/);
  assert.throws(() => compilePattern('('));
});

test('a private key block is unfinished until its end line or its greatest length', () => {
  const begin = '-----BEGIN PRIVATE KEY-----\n';
  assert.equal(unfinishedBlock('none'), 4);
  assert.equal(unfinishedBlock(`ab${begin}MII`), 2);
  const closed = `${begin}MII\n-----END PRIVATE KEY-----`;
  assert.equal(unfinishedBlock(closed), closed.length);
  assert.equal(unfinishedBlock(`${closed}${begin}`), closed.length);
  const long = begin.padEnd(MAX_BLOCK, 'A');
  assert.equal(unfinishedBlock(long), long.length);
});
