import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Json } from './json.ts';
import { compileMapping, evaluateMapping } from './mapping.ts';

function mapped(json: Json, values: Readonly<Record<string, Json>> = {}) {
  const compiled = compileMapping(json, Object.keys(values));
  assert.ok(compiled.ok, JSON.stringify(compiled));
  return evaluateMapping(compiled.mapping, values);
}

test('expressions are evaluated at any depth and everything else stays', () => {
  const json = {
    text: '${{ payload.kg }} kg',
    kg: '${{ payload.kg }}',
    list: [1, null, ['${{ payload }}']],
    '${{ key }}': true,
  };
  assert.deepEqual(mapped(json, { payload: { kg: 81 } }), {
    ok: true,
    value: { text: '81 kg', kg: 81, list: [1, null, [{ kg: 81 }]], '${{ key }}': true },
  });
});

test('every failure is told with its path', () => {
  const compiled = compileMapping({ a: ['x', '${{ nope }}'], b: { c: '${{ 1', d: 'fine' } }, ['payload']);
  assert.deepEqual(compiled, {
    ok: false,
    failures: [
      { path: ['a', '1'], message: 'unknown name nope; there are payload', offset: 4 },
      { path: ['b', 'c'], message: 'a `${{` without its `}}`', offset: 0 },
    ],
  });
});

test('a failure at run time names the key', () => {
  const result = mapped({ a: [{ b: '${{ payload.x }}' }] }, { payload: {} });
  assert.deepEqual(result, { ok: false, message: 'a: b: payload has no key x' });
});

test('the result is at most 1 MiB in all and the steps are counted together', () => {
  const payload = 'a'.repeat(300_000);
  assert.equal(mapped(['${{ payload }}', '${{ payload }}'], { payload }).ok, true);
  assert.match(JSON.stringify(mapped(Array(4).fill('${{ payload }}'), { payload })), /larger than/);
  assert.match(JSON.stringify(mapped(['${{ payload }}', 'b'.repeat(800_000)], { payload })), /larger than/);
  const numbers = Array.from({ length: 20_000 }, (_, index) => index);
  const loop = '${{ payload.all(x, x >= 0) }}';
  assert.equal(mapped([loop], { payload: numbers }).ok, true);
  assert.match(JSON.stringify(mapped([loop, loop], { payload: numbers })), /too costly/);
});

test('a value without expressions is mapped to itself', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const json = JSON.parse(JSON.stringify(value)) as Json;
      fc.pre(!JSON.stringify(json).includes('${{'));
      assert.deepEqual(mapped(json), { ok: true, value: json });
    }),
  );
});
