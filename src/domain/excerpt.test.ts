import assert from 'node:assert/strict';
import { test } from 'node:test';
import { excerpt, quote } from './excerpt.ts';
import { jsonPointer } from './json-pointer.ts';

test('an excerpt keeps up to eighty characters and marks what it cuts', () => {
  assert.equal(excerpt('short'), 'short');
  assert.equal(excerpt('x'.repeat(80)), 'x'.repeat(80));
  assert.equal(excerpt('x'.repeat(81)), `${'x'.repeat(80)}…`);
});

test('an excerpt never ends in half a character', () => {
  assert.equal(excerpt(`${'x'.repeat(79)}😀`), `${'x'.repeat(79)}\ufffd…`);
});

test('a quoted excerpt shows control characters as escapes', () => {
  assert.equal(quote('a\n"b"\u0000'), '"a\\n\\"b\\"\\u0000"');
});

test('a JSON pointer escapes slashes and tildes and shortens long keys', () => {
  assert.equal(jsonPointer([]), '');
  assert.equal(jsonPointer(['a/b', 0, 'c~d']), '/a~1b/0/c~0d');
  assert.equal(jsonPointer(['k'.repeat(100)]), `/${'k'.repeat(80)}…`);
});
