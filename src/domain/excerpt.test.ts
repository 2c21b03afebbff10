import assert from 'node:assert/strict';
import { test } from 'node:test';
import { excerpt, quote } from './excerpt.ts';
import { jsonPointer } from './json-pointer.ts';

test('an excerpt keeps up to sixty characters and marks what it cuts', () => {
  assert.equal(excerpt('short'), 'short');
  assert.equal(excerpt('x'.repeat(60)), 'x'.repeat(60));
  assert.equal(excerpt('x'.repeat(61)), `${'x'.repeat(60)}…`);
});

test('an excerpt never ends in half a character', () => {
  assert.equal(excerpt(`${'x'.repeat(59)}😀`), `${'x'.repeat(59)}\ufffd…`);
});

test('a quoted excerpt shows control characters as escapes', () => {
  assert.equal(quote('a\n"b"\u0000'), '"a\\n\\"b\\"\\u0000"');
});

test('a JSON pointer escapes slashes and tildes and shortens long keys', () => {
  assert.equal(jsonPointer([]), '');
  assert.equal(jsonPointer(['a/b', 0, 'c~d']), '/a~1b/0/c~0d');
  assert.equal(jsonPointer(['k'.repeat(100)]), `/${'k'.repeat(60)}…`);
});
