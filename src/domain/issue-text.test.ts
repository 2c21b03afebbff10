import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { z } from 'zod';
import { checkShape } from './issue-text.ts';

const schema = z.strictObject({
  name: z.string().min(1).max(3).optional(),
  count: z.int().min(1).max(9).optional(),
  share: z.number().gt(0).lt(1).optional(),
  limit: z.coerce.number().optional(),
  list: z
    .array(z.strictObject({ id: z.string() }))
    .min(1)
    .max(2)
    .optional(),
  word: z.enum(['one', 'two']).optional(),
  all: z.literal(true).optional(),
  map: z.record(z.string(), z.string()).optional(),
  own: z.string().regex(/^x/, 'is not a name').optional(),
  form: z.string().regex(/^x/).optional(),
  when: z.date().optional(),
});

describe('checkShape', () => {
  it('gives what the schema makes of it', () => {
    assert.deepEqual(checkShape(schema, { limit: '7' }), { ok: true, value: { limit: 7 } });
  });

  const cases: readonly (readonly [value: unknown, ...texts: readonly string[]])[] = [
    [[], 'expected a map, found a list'],
    [{ name: '' }, 'name: expected text of at least 1 character, found ""'],
    [{ name: 'four' }, 'name: expected text of at most 3 characters, found "four"'],
    [{ name: null }, 'name: expected text, found nothing (null)'],
    [{ count: 0 }, 'count: expected a number of at least 1, found the number 0'],
    [{ count: 1.5 }, 'count: expected a whole number, found the number 1.5'],
    [{ count: 99 }, 'count: expected a number of at most 9, found the number 99'],
    [{ share: 0 }, 'share: expected a number of more than 0, found the number 0'],
    [{ share: 1 }, 'share: expected a number of less than 1, found the number 1'],
    [{ limit: 'many' }, 'limit: expected a number, found "many"'],
    [{ list: [] }, 'list: expected a list of at least 1 entry, found 0'],
    [{ list: {} }, 'list: expected a list, found a map'],
    [{ list: [{}] }, 'list[0].id: expected text, but it is missing'],
    [{ list: [{ id: 'a', di: 1 }] }, 'list[0]: unknown key "di" (did you mean "id"?)'],
    [{ word: 'three' }, 'word: expected `one` or `two`, found "three"'],
    [{ all: false }, 'all: expected true, found false'],
    [{ map: 'x' }, 'map: expected a map, found "x"'],
    [{ own: 'y' }, 'own: is not a name'],
    [{ form: 'y' }, 'form: expected something else, found "y"'],
    [{ when: 'now' }, 'when: expected date, found "now"'],
    [{ nam: 'a', count: 'b' }, 'count: expected a number, found "b"', 'unknown key "nam" (did you mean "name"?)'],
  ];
  for (const [value, ...texts] of cases) {
    it(`says: ${texts.join('; ')}`, () => assert.deepEqual(checkShape(schema, value), { ok: false, texts }));
  }

  it('is not undone by a list of any depth', () => {
    const deep: unknown = JSON.parse(`${'['.repeat(100_000)}${']'.repeat(100_000)}`);
    assert.deepEqual(checkShape(schema, deep), { ok: false, texts: ['expected a map, found a list'] });
  });

  it('names a bounded number of unknown keys', () => {
    const many = Object.fromEntries(Array.from({ length: 1_000 }, (_, index) => [`k${index}`, 1]));
    const checked = checkShape(z.strictObject({}), many);
    assert.ok(!checked.ok);
    assert.deepEqual([checked.texts.length, checked.texts[0]], [10, 'unknown key "k0" (known here: none)']);
  });
});
