import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createCounter, MOST_SERIES } from './counter.ts';

test('a counter adds up by labels', () => {
  const counter = createCounter();
  counter.add(['a', 'x']);
  counter.add(['a', 'x']);
  counter.add(['a', 'y'], 3);
  assert.deepEqual(counter.samples(), [
    { labels: ['a', 'x'], value: 2 },
    { labels: ['a', 'y'], value: 3 },
  ]);
});

test('labels that lie together differently are told apart', () => {
  const counter = createCounter();
  counter.add(['a b', 'c']);
  counter.add(['a', 'b c']);
  assert.equal(counter.samples().length, 2);
});

test('series are bounded: what comes beyond counts as other, and nothing is lost', () => {
  const counter = createCounter();
  for (let n = 0; n < MOST_SERIES + 50; n += 1) counter.add([`i${n}`, 'x']);
  counter.add(['i0', 'x']);
  const samples = counter.samples();
  assert.equal(samples.length, MOST_SERIES + 1);
  assert.deepEqual(samples.at(-1), { labels: ['other', 'other'], value: 50 });
  assert.deepEqual(samples[0], { labels: ['i0', 'x'], value: 2 });
});
