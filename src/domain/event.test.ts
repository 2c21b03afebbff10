import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventTypeError, isReservedType } from './event.ts';

for (const type of ['a', 'health.weight.recorded', 'x_y-z.v2', '0.1', 'a'.repeat(128)]) {
  test(`"${type.slice(0, 30)}" is an event type`, () => assert.equal(eventTypeError(type), null));
}

for (const type of ['', '.', 'a.', '.a', 'a..b', 'A.b', '-a', '_a', 'a b', 'a.*', 'ä', 'a\n', 'a'.repeat(129)]) {
  test(`${JSON.stringify(type.slice(0, 30))} is not an event type`, () => assert.notEqual(eventTypeError(type), null));
}

test('the core alone emits ductile and everything below it', () => {
  assert.ok(isReservedType('ductile'));
  assert.ok(isReservedType('ductile.job.failed'));
  assert.ok(!isReservedType('ductiles.a'));
  assert.ok(!isReservedType('my.ductile'));
});
