import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { jsonBytes, utf8Bytes } from './json-size.ts';

test('the size of a text is that of its UTF-8 encoding, unpaired surrogates included', () => {
  fc.assert(
    fc.property(
      fc.oneof(fc.string({ unit: 'binary' }), fc.string({ unit: fc.constantFrom('a', 'é', '✓', '\ud83d', '\ude00') })),
      (text) => assert.equal(utf8Bytes(text), new TextEncoder().encode(text).length),
    ),
  );
});

test('the size of a value is that of its compact JSON', () => {
  assert.equal(jsonBytes({ a: ['é', null] }), 17);
});
