import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Json } from '../json.ts';
import { diffJson } from './json-difference.ts';

const TABLE: readonly (readonly [before: Json, after: Json, differences: readonly string[]])[] = [
  [1, 1, []],
  [{ a: [1, { b: null }] }, { a: [1, { b: null }] }, []],
  [1, 2, ['changed  1 2']],
  [{ a: 1 }, { a: '1' }, ['changed /a 1 "1"']],
  [{ a: 1, b: 2 }, { b: 3, c: 4 }, ['removed /a 1 -', 'changed /b 2 3', 'added /c - 4']],
  [
    [1, 2, 3],
    [1, 4],
    ['changed /1 2 4', 'removed /2 3 -'],
  ],
  [[], [null], ['added /0 - null']],
  [{ a: [] }, { a: {} }, ['changed /a [] {}']],
  [{ 'a/b': { '~': 1 } }, { 'a/b': {} }, ['removed /a~1b/~0 1 -']],
  [JSON.parse('{"__proto__":1}'), {}, ['removed /__proto__ 1 -']],
];

const text = (value: Json | undefined): string => (value === undefined ? '-' : JSON.stringify(value));

test('what differs between two values is told by place and kind', () => {
  for (const [before, after, expected] of TABLE) {
    const found = diffJson(before, after).map(
      (one) => `${one.kind} ${one.path} ${text(one.before)} ${text(one.after)}`,
    );
    assert.deepEqual(found, expected);
  }
});

test('there is a difference exactly where two values are not the same', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.jsonValue(), (one, other) => {
      const [before, after]: [Json, Json] = [JSON.parse(JSON.stringify(one)), JSON.parse(JSON.stringify(other))];
      let same = true;
      try {
        assert.deepEqual(before, after);
      } catch {
        same = false;
      }
      assert.equal(diffJson(before, after).length === 0, same);
      assert.equal(diffJson(before, before).length, 0);
    }),
  );
});
