import assert from 'node:assert/strict';
import { it } from 'node:test';
import { z } from 'zod';
import { parse } from './parse.ts';

const schema = z.strictObject({ a: z.number(), b: z.object({ c: z.string() }).optional() });

it('gives what the schema makes of it', () => {
  assert.deepEqual(parse(schema, { a: 1 }), { a: 1 });
  assert.deepEqual(parse(z.object({ a: z.number().default(7) }), undefined), { a: 7 });
});

it('names every field that is wrong', () => {
  assert.throws(() => parse(schema, { a: 'x', b: { c: 1 } }), {
    code: 'usage',
    message: 'a: expected a number, found "x"; b.c: expected text, found the number 1',
  });
  assert.throws(() => parse(schema, null), { code: 'usage', message: /^a: / });
  assert.throws(() => parse(schema, []), { code: 'usage', message: 'expected a map, found a list' });
});
