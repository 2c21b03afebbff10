import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nearest } from './did-you-mean.ts';

const CANDIDATES = ['state_updates', 'status', 'events', 'logs', 'retry', 'retry_after_ms', 'error', 'protocol'];

const cases: readonly (readonly [string, string | null, string])[] = [
  ['state_update', 'state_updates', 'a missing letter'],
  ['statsu', 'status', 'two swapped letters'],
  ['evnets', 'events', 'two swapped letters in the middle'],
  ['Status', 'status', 'another case'],
  ['retry-after-ms', 'retry_after_ms', 'hyphens for underscores'],
  ['retri', 'retry', 'a wrong letter'],
  ['log', 'logs', 'a short word with one letter missing'],
  ['status', 'status', 'the word itself'],
  ['color', null, 'nothing near'],
  ['e', null, 'a single letter'],
  ['', null, 'an empty word'],
  ['x'.repeat(201), null, 'a word too long to be a name'],
];

for (const [word, expected, name] of cases) {
  test(`nearest finds ${expected ?? 'nothing'} for ${name}`, () => {
    assert.equal(nearest(word, CANDIDATES), expected);
  });
}

test('nearest takes the closest candidate, and the first of equals', () => {
  assert.equal(nearest('pol', ['pool', 'poll', 'polish']), 'pool');
  assert.equal(nearest('handel', ['hand', 'handle']), 'handle');
});

test('nearest finds nothing among no candidates', () => {
  assert.equal(nearest('poll', []), null);
});
