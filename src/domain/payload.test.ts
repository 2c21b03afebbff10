import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Json } from './json.ts';
import { payloadError } from './payload.ts';

const LIMITS = { bytes: 10, depth: 3 };

const CASES: readonly (readonly [payload: Json, error: string | null])[] = [
  [null, null],
  ['12345678', null],
  [[[[]]], null],
  [{ a: [{}] }, null],
  ['123456789', 'the payload is 11 bytes; the limit is 10'],
  ['ééééé', 'the payload is 12 bytes; the limit is 10'],
  [[[[[]]]], 'the payload is nested deeper than 3 levels'],
  [{ a: { b: { c: {} } } }, 'the payload is nested deeper than 3 levels'],
];

test('a payload is measured as compact JSON and by its levels', () => {
  for (const [payload, error] of CASES) assert.equal(payloadError(payload, LIMITS), error, JSON.stringify(payload));
});

test('a payload nested without end is refused rather than followed', () => {
  const deep = JSON.parse(`${'['.repeat(200_000)}${']'.repeat(200_000)}`) as Json;
  assert.match(payloadError(deep, LIMITS) ?? '', /nested deeper/);
});
