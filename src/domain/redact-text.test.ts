import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createNeedles } from './redact-needles.ts';
import { compilePattern, DEFAULT_PATTERNS } from './redact-patterns.ts';
import { mask, maskSteps, SLICE, spansIn } from './redact-text.ts';
import { finishSteps } from './steps.ts';

const SECRETS = ['secret', 'secretsecret', 'cretse', 'aaaa', 'multi\nline secret'];
const finder = {
  needles: createNeedles(SECRETS),
  patterns: [...DEFAULT_PATTERNS, compilePattern('tok_[a-z]+'), compilePattern('\\bpin=(\\d+)$')],
};

const piece = fc.oneof(
  fc.constantFrom(
    ...SECRETS,
    'tok_abc',
    'sec',
    'ret',
    'a',
    ' pin=1234',
    'Bearer ',
    'abcdefgh1',
    'http://u:',
    'pw@',
    ' ',
  ),
  fc.constantFrom('-----BEGIN RSA PRIVATE KEY-----\n', 'MIIE\n', '-----END RSA PRIVATE KEY-----', '-----BEGIN '),
  fc.nat(3_000).map((length) => 'y'.repeat(length)),
);
/** Something to find around the places where slices meet. */
const long = fc
  .tuple(fc.array(piece, { maxLength: 20 }), fc.nat(40), fc.array(piece, { maxLength: 20 }))
  .map(([before, back, after]) => {
    const head = before.join('');
    return `${head.padEnd(SLICE - back, 'z ')}${after.join('')}${'z '.repeat(SLICE / 2 - back)}${after.join('')}`;
  });

test('a text that is masked in slices is the text that is masked at once', () => {
  fc.assert(
    fc.property(long, (text) => {
      assert.equal(finishSteps(maskSteps(finder, text)), mask(text, spansIn(finder, text)));
    }),
    { numRuns: 200 },
  );
});

test('masking a long text takes a step for each slice at least, and a text without secrets is not copied', () => {
  const text = 'x'.repeat(10 * SLICE);
  const steps = maskSteps(finder, text);
  let count = 0;
  while (steps.next().done !== true) count += 1;
  assert.ok(count >= 10, `${count} steps`);
});
