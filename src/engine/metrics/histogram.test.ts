import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createHistogram } from './histogram.ts';

test('a value belongs to every bucket that it does not exceed', () => {
  const histogram = createHistogram([1, 5, 10]);
  for (const value of [0, 1, 1.01, 5, 9, 11, 1_000]) histogram.observe(['a'], value);
  histogram.observe(['b'], 2);
  assert.deepEqual(histogram.samples(), [
    {
      labels: ['a'],
      buckets: [
        { atMost: 1, count: 2 },
        { atMost: 5, count: 4 },
        { atMost: 10, count: 5 },
      ],
      count: 7,
      sum: 1_027.01,
    },
    {
      labels: ['b'],
      buckets: [
        { atMost: 1, count: 0 },
        { atMost: 5, count: 1 },
        { atMost: 10, count: 1 },
      ],
      count: 1,
      sum: 2,
    },
  ]);
});
