import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Json, JsonObject } from './json.ts';
import { compileSchema } from './json-schema.ts';

const verdicts: readonly (readonly [string, JsonObject, Json, string | null])[] = [
  ['a fitting value', { type: 'object', required: ['kg'] }, { kg: 1 }, null],
  ['a missing property', { required: ['kg'] }, {}, "/payload must have required property 'kg'"],
  ['a wrong type', { properties: { kg: { type: 'number' } } }, { kg: 'x' }, '/payload/kg must be number'],
  ['a wrong type at the root', { type: 'object' }, 3, '/payload must be object'],
  ['a value outside an enum', { enum: ['kg', 'lb'] }, 'st', '/payload must be one of "kg", "lb"'],
  ['another constant', { const: { a: 1 } }, 2, '/payload must be {"a":1}'],
  ['a superfluous property', { additionalProperties: false }, { kgs: 1 }, '/payload must not have the property "kgs"'],
  ['an unevaluated property', { unevaluatedProperties: false }, { b: 1 }, '/payload must not have the property "b"'],
  ['keys with slashes', { properties: { 'a/b': { type: 'null' } } }, { 'a/b': 1 }, '/payload/a~1b must be null'],
  ['an unchecked format', { format: 'email' }, 'nobody', null],
  ['an unknown keyword', { 'x-note': 1, type: 'null' }, null, null],
  ['a pattern that fits', { pattern: '^\\d{3}$' }, '123', null],
  [
    'the second of two patterns in one schema',
    { properties: { a: { pattern: '^[a-z]+$' }, b: { pattern: '^[0-9]+$' } } },
    { a: 'x', b: 'x' },
    '/payload/b must match pattern "^[0-9]+$"',
  ],
  ['an inherited property', { required: ['toString'] }, {}, "/payload must have required property 'toString'"],
  [
    'a schema that refers to itself',
    { type: 'object', properties: { next: { $ref: '#' } } },
    { next: { next: 1 } },
    '/payload/next/next must be object',
  ],
  [
    'a schema that never descends',
    { allOf: [{ $ref: '#' }] },
    1,
    '/payload cannot be checked: Maximum call stack size exceeded',
  ],
  [
    'the dialect spelled out',
    { $schema: 'https://json-schema.org/draft/2020-12/schema', type: 'null' },
    1,
    '/payload must be null',
  ],
  ['the first of two schemas with one $id', { $id: 'https://example.org/s', type: 'null' }, null, null],
  [
    'the second of two schemas with one $id',
    { $id: 'https://example.org/s', type: 'string' },
    null,
    '/payload must be string',
  ],
];

for (const [name, schema, value, expected] of verdicts) {
  test(`a payload is checked against ${name}`, () => {
    const compiled = compileSchema(schema);
    assert.ok(compiled.ok, compiled.ok ? '' : compiled.message);
    assert.equal(compiled.check(value), expected);
  });
}

const refused: readonly (readonly [string, JsonObject, RegExp])[] = [
  ['a type that does not exist', { type: 'nubmer' }, /^\/type must be one of "array", "boolean"/],
  ['a keyword of the wrong type', { properties: 3 }, /^\/properties must be object$/],
  [
    'a remote reference',
    { $ref: 'https://example.org/x.json' },
    /can't resolve reference https:\/\/example\.org\/x\.json/,
  ],
  ['a reference to nowhere', { $ref: '#/$defs/none' }, /can't resolve reference #\/\$defs\/none/],
  ['a malformed pattern', { pattern: '[' }, /missing closing \]/],
  ['a pattern that only a backtracking engine knows', { pattern: '(?=a)' }, /unsupported Perl syntax/],
  [
    'another dialect',
    { $schema: 'http://json-schema.org/draft-07/schema#' },
    /^\$schema is "http.*only draft 2020-12 is read/,
  ],
  ['an asynchronous schema', { $async: true }, /^\$async is not a keyword/],
];

for (const [name, schema, expected] of refused) {
  test(`a schema with ${name} does not compile`, () => {
    const compiled = compileSchema(schema);
    assert.ok(!compiled.ok);
    assert.match(compiled.message, expected);
  });
}

test('a schema object is compiled once', () => {
  const schema: JsonObject = { type: 'number' };
  assert.equal(compileSchema(schema), compileSchema(schema));
  assert.notEqual(compileSchema(schema), compileSchema({ type: 'number' }));
});

test('a pattern that takes exponential time elsewhere answers at once', () => {
  const compiled = compileSchema({ pattern: '^(a+)+$' });
  assert.ok(compiled.ok);
  assert.notEqual(compiled.check(`${'a'.repeat(5_000)}!`), null);
});
