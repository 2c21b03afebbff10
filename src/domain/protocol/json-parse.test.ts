import assert from 'node:assert/strict';
import { it } from 'node:test';
import fc from 'fast-check';
import { finishSteps } from '../steps.ts';
import { parseJsonSteps } from './json-parse.ts';

function parsed(text: string, sliceBytes?: number): unknown {
  return finishSteps(parseJsonSteps(Buffer.from(text), sliceBytes));
}

it('gives what JSON.parse gives, however small the slices and wherever white space stands', () => {
  const space = fc.constantFrom('', ' ', '\n\t');
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 5 }), fc.nat({ max: 40 }), space, space, (value, slice, before, indent) => {
      const text = `${before}${JSON.stringify(value, null, indent)}${before}`;
      assert.deepEqual(parsed(text, slice), JSON.parse(text));
    }),
    { numRuns: 2_000 },
  );
});

it('keeps keys that mean something to JavaScript, and the last of those that stand twice', () => {
  for (const text of [
    '{"__proto__":{"a":1},"b":[1,2,{"__proto__":null}],"constructor":3}',
    '{"a":1,"b":2,"a":[3,"]","}",","]}',
    '{"10":1,"9":2,"x\\"y":"\\\\","é":"\\u00e9\\"","":[[],{},[{}]]}',
    '[ ]',
    '{ }',
    ' "\\\\\\"" ',
  ]) {
    const keys = JSON.stringify(JSON.parse(text));
    for (let slice = 0; slice < 30; slice += 1) assert.equal(JSON.stringify(parsed(text, slice)), keys, text);
  }
});

it('stops after every slice', () => {
  const text = JSON.stringify(Array.from({ length: 1_000 }, (_, n) => ({ n, text: 'x'.repeat(90) })));
  const steps = parseJsonSteps(Buffer.from(text), 1_000);
  let stops = 0;
  let step = steps.next();
  for (; step.done !== true; step = steps.next()) stops += 1;
  assert.deepEqual(step.value, JSON.parse(text));
  assert.ok(stops > 50 && stops < 200, String(stops));
});
