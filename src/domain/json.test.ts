import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isJsonObject } from './json.ts';

test('only an object is a JSON object', () => {
  assert.deepEqual([{}, { a: 1 }, null, [], 'x', 1, undefined].map(isJsonObject), [
    true,
    true,
    false,
    false,
    false,
    false,
    false,
  ]);
});
