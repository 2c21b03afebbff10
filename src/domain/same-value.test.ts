import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sameValue } from './same-value.ts';

test('content counts, at any depth, whatever the order of keys', () => {
  const pairs: readonly (readonly [unknown, unknown])[] = [
    [{ a: [1, { b: null }] }, { a: [1, { b: null }] }],
    [
      { a: 1, b: 2 },
      { b: 2, a: 1 },
    ],
    [new Map([['a', { n: 1 }]]), new Map([['a', { n: 1 }]])],
    [
      { text: 'x', step: () => 1 },
      { text: 'x', step: () => 2 },
    ],
    [Number.NaN, Number.NaN],
  ];
  for (const [one, other] of pairs) assert.equal(sameValue(one, other), true, JSON.stringify(one));
});

test('any difference is one', () => {
  const pairs: readonly (readonly [unknown, unknown])[] = [
    [1, '1'],
    [null, {}],
    [{}, null],
    [[], {}],
    [{ a: undefined }, { b: undefined }],
    [{ a: 1 }, { a: 1, b: 2 }],
    [[1, 2], [1]],
    [new Map([['a', 1]]), new Map([['a', 2]])],
    [() => 1, 1],
  ];
  for (const [one, other] of pairs) assert.equal(sameValue(one, other), false, JSON.stringify([one, other]));
});
