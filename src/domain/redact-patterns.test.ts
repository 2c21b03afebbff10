import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RE2JS } from 're2js';
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

/** Where a pattern finds something in a text that is searched at once. */
function foundAtOnce(pattern: string, text: string): readonly (readonly [number, number])[] {
  const matcher = RE2JS.compile(pattern).matcher(text);
  const found: [number, number][] = [];
  while (matcher.find()) if (matcher.end() > matcher.start()) found.push([matcher.start(), matcher.end()]);
  return found;
}

const LONG_TEXTS: readonly (readonly [string, string, string])[] = [
  [
    'a match across the end of a stretch',
    'tok_[a-z]+',
    `${' '.repeat(65_530)}tok_abcdefghijkl${' '.repeat(90_000)}tok_x`,
  ],
  ['a match up to the end of what is looked at', '[a-z]+', `${'0'.repeat(60_000)}${'x'.repeat(200_000)}0000abc`],
  ['the edge of a word', '\\bab\\b', `${'xab ab '.repeat(40_000)}`],
  ['the beginning and the end of the text', '^ab|ab$', 'ab'.repeat(80_000)],
  ['many matches', 'a{1,3}', 'aab'.repeat(50_000)],
  ['no match', 'q', 'aab'.repeat(50_000)],
  ['matches of nothing', 'q*', `${'a'.repeat(100_000)}q`],
];

for (const [what, pattern, text] of LONG_TEXTS) {
  test(`a long text is searched in stretches as it is at once: ${what}`, () => {
    const found = [...compilePattern(pattern)(text)].flatMap((span) => (span === null ? [] : [[span.start, span.end]]));
    assert.deepEqual(found, foundAtOnce(pattern, text));
  });
}

test('a match that does not end for hundreds of kilobytes masks the rest of the text', () => {
  const text = `pin=${'1'.repeat(1_500_000)} and more`;
  const found = [...compilePattern('pin=([0-9]+)')(text)].filter((span) => span !== null);
  assert.deepEqual(found, [{ start: 0, end: text.length }]);
});
