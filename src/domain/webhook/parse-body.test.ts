import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { BodyFormat } from './endpoint.ts';
import { parseBody } from './parse-body.ts';

function parse(format: BodyFormat, body: string | Uint8Array) {
  return parseBody(format, Buffer.from(body));
}

test('JSON is read as it is', () => {
  assert.deepEqual(parse('json', ' {"a":[1,"é",null]}\n'), { ok: true, value: { a: [1, 'é', null] } });
  assert.deepEqual(parse('json', '"x"'), { ok: true, value: 'x' });
  const { value } = { value: null, ...parse('json', '{"__proto__":{"x":1}}') };
  assert.equal(JSON.stringify(value), '{"__proto__":{"x":1}}');
  assert.equal(Reflect.get(Object(value), 'x'), undefined);
  assert.equal(parse('json', `${'['.repeat(64)}${']'.repeat(64)}`).ok, true);
});

test('what is no JSON that can be kept is told without quoting it', () => {
  for (const [body, message] of [
    ['', 'it is not JSON'],
    ['{"canary"', 'it is not JSON'],
    ['{"a":1} canary', 'it is not JSON'],
    ['\uFEFF{}', 'it is not JSON'],
    [Buffer.of(0x22, 0xff, 0x22), 'it is not UTF-8'],
    [`${'['.repeat(65)}${']'.repeat(65)}`, 'the payload is nested deeper than 64 levels'],
  ] as const) {
    assert.deepEqual(parse('json', body), { ok: false, message }, String(body).slice(0, 40));
  }
});

test('the fields of a form become texts, and repeated ones lists', () => {
  assert.deepEqual(parse('form', 'a=1&b=x+y%26&a=&c&&a=3'), {
    ok: true,
    value: { a: ['1', '', '3'], b: 'x y&', c: '' },
  });
  assert.deepEqual(parse('form', ''), { ok: true, value: {} });
  const { value } = { value: null, ...parse('form', '__proto__=x') };
  assert.equal(JSON.stringify(value), '{"__proto__":"x"}');
});

test('a form that is not UTF-8 is refused', () => {
  assert.deepEqual(parse('form', Buffer.of(0x61, 0xff)), { ok: false, message: 'it is not UTF-8' });
});

test('a raw body is not read', () => {
  assert.deepEqual(parse('raw', Buffer.of(0xff)), { ok: true, value: {} });
});
