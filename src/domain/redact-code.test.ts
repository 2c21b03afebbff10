import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createCodeMask } from './redact-code.ts';

const mask = createCodeMask({ secrets: ['correct-horse-battery'], patterns: ['pin-[0-9]+'] });
const BASE64 = Buffer.from('xcorrect-horse-batteryx').toString('base64');

test('what a program says of secrets stays as it is', () => {
  const code = [
    'login(token=token, password=config["password"])',
    'url = f"https://{user}:{password}@host"',
    'headers = {"Authorization": "Bearer " + token, "x": f"Bearer {api_key_of_then}"}',
    'export API_TOKEN="$(cat token)"',
    'Authorization: Bearer $TOKEN',
  ].join('\n');
  assert.equal(mask(code), code);
});

test('secrets that are known, and what can be nothing else, are masked', () => {
  assert.equal(mask('token = "correct-horse-battery"'), 'token = "***"');
  assert.doesNotMatch(mask(`x = "${BASE64}"`), /aG9yc2|horse/);
  assert.equal(mask('pin-1234'), '***');
  assert.equal(mask('a AKIAABCDEFGHIJKLMNOP b'), 'a *** b');
  assert.equal(mask('-----BEGIN PRIVATE KEY-----\nabc\n-----END PRIVATE KEY-----'), '***');
});
