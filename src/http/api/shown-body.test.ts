import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createRedactor } from '../../domain/redact.ts';
import type { BodyFormat } from '../../domain/webhook/endpoint.ts';
import { shownBody } from './shown-body.ts';

const redactor = createRedactor({ secrets: ['a-known-secret'], keys: [], patterns: [] });

describe('shownBody', () => {
  const ROWS: readonly (readonly [string, BodyFormat, string | Buffer, string | null])[] = [
    ['JSON as it came', 'json', '{ "a": 1,\n "b": "ü" }', '{ "a": 1,\n "b": "ü" }'],
    [
      'JSON with a field that is called a password',
      'json',
      '{ "a": [{"password": "x"}] }',
      '{"a":[{"password":"***"}]}',
    ],
    ['JSON with a secret that is known', 'json', '{"a":"it is a-known-secret"}', '{"a":"it is ***"}'],
    ['what is no JSON after all', 'json', '{"password": "a-known-secret', '{"password": "***'],
    ['a form as it came', 'form', 'a=1&b=%20+&c', 'a=1&b=%20+&c'],
    ['a form with a field that is called a password', 'form', 'a=1&password=x%20y&b=2', 'a=1&password=***&b=2'],
    ['a form with a secret that is known', 'form', 'a=a%2Dknown-secret', 'a=***'],
    ['an empty form', 'form', '', ''],
    ['other text', 'raw', 'password=a-known-secret', 'password=***'],
    ['no text', 'raw', Buffer.from([0xff, 0x00]), null],
  ];
  for (const [what, format, body, shown] of ROWS) {
    it(`shows ${what}`, () => assert.equal(shownBody({ body: Buffer.from(body), format }, redactor), shown));
  }
});
