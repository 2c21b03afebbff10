import assert from 'node:assert/strict';
import { test } from 'node:test';
import { requestHeaders } from './request-headers.ts';

test('headers are read by their names in lower case, and repeats are told', () => {
  const { values, repeated } = requestHeaders(['Host', 'a', 'X-Id', '1', 'x-id', '2', 'X-ID', '', 'empty', '']);
  assert.deepEqual({ ...values }, { host: 'a', 'x-id': '1, 2, ', empty: '' });
  assert.deepEqual([...repeated], ['x-id']);
  assert.equal(requestHeaders(['host', 'a']).repeated.size, 0);
});

test('a header may be called what every object inherits', () => {
  const { values, repeated } = requestHeaders(['constructor', 'a', '__proto__', 'b', 'toString', 'c']);
  assert.deepEqual(Object.entries(values), [
    ['constructor', 'a'],
    ['__proto__', 'b'],
    ['tostring', 'c'],
  ]);
  assert.equal(repeated.size, 0);
  assert.equal(requestHeaders([]).values['valueof'], undefined);
});
