import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compileCondition } from './condition.ts';

for (const text of [
  'payload.a',
  'true',
  'payload.a > 1',
  '!payload.a',
  'payload.a ? true : payload.b',
  'has(payload.a)',
  'payload.a ? 1 : payload.b',
]) {
  test(`\`${text}\` may be true or false`, () => assert.ok(compileCondition(text, ['payload']).ok));
}

for (const text of [
  '1',
  '"yes"',
  'null',
  '1 + 1',
  '-payload.a',
  'payload.a % 2',
  '[true]',
  '{"a": true}',
  'payload.a ? 1 : 2',
]) {
  test(`\`${text}\` can never be true or false, and says so at load`, () => {
    const compiled = compileCondition(text, ['payload']);
    assert.match(compiled.ok ? '' : compiled.message, /^a condition must give true or false, and this one gives /);
  });
}

test('what does not compile at all is told first', () => {
  const compiled = compileCondition('1 +', ['payload']);
  assert.ok(!compiled.ok && !compiled.message.startsWith('a condition must'));
});
