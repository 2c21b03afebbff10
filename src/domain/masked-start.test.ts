import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { maskedStart } from './masked-start.ts';
import { createRedactor } from './redact.ts';

const SECRET = 'correct-horse-battery-staple';
const { text: mask } = createRedactor({ secrets: [SECRET], keys: [], patterns: [] });

test('a text is masked, then cut', () => {
  assert.equal(maskedStart('short', { most: 10, mask }), 'short');
  assert.equal(maskedStart(`a ${SECRET} b`, { most: 10, mask }), 'a *** b');
  assert.equal(maskedStart(`a ${SECRET} b`, { most: 4, mask }), 'a **');
  assert.equal(maskedStart('x'.repeat(100_000), { most: 10, mask }), 'x'.repeat(10));
});

test('whatever surrounds a secret, no piece of it is left', () => {
  const piece = fc.oneof(
    fc.constant(SECRET),
    fc.nat(20_000).map((length) => 'y'.repeat(length)),
  );
  fc.assert(
    fc.property(
      fc.array(piece, { maxLength: 8 }),
      fc.nat(1_000),
      fc.integer({ min: 1, max: 400 }),
      (pieces, many, most) => {
        const start = maskedStart(`${pieces.join('')}${SECRET.repeat(many)}`, { most, mask });
        assert.ok(start.length <= most);
        assert.doesNotMatch(start, /[a-x]/);
      },
    ),
  );
});
