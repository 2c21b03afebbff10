import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createRedactor } from './redact.ts';

const redactor = createRedactor({ secrets: [], keys: ['pin'], patterns: [] });

for (const [text, shown] of [
  ['GET /x?api_key=abc123&next=1', 'GET /x?api_key=***&next=1'],
  ['DB_PASSWORD=hunter2 ./run', 'DB_PASSWORD=*** ./run'],
  ["--token='a b c' rest", "--token='***' rest"],
  ['password="a \\" b" rest', 'password="***" rest'],
  ['my-pin=1234;', 'my-pin=***;'],
  ['{"password": "hunter2", "user": "me"}', '{"password": "***", "user": "me"}'],
  ['{"a":"{\\"clientSecret\\":\\"x\\"}"}', '{"a":"{\\"clientSecret\\":\\"***\\"}"}'],
  ['{"password":', '{"password":'],
  ['password=', 'password='],
  ['payload.token=="x" and token == "y"', 'payload.token=="x" and token == "y"'],
  ['= =x a=1 key=2 "":"x"', '= =x a=1 key=2 "":"x"'],
  ['the token: expired', 'the token: expired'],
  ['> Authorization: Basic dXNlcjpwYXNz\r\n> Accept: x', '> Authorization: Basic ***\r\n> Accept: x'],
  ['set-cookie: sid=1; Path=/', 'set-cookie: ***'],
  ['X-Api-Key: abc\nX-Key: def\nX-Keys: ghi', 'X-Api-Key: ***\nX-Key: ***\nX-Keys: ghi'],
  [`with ghp_${'a'.repeat(36)}.`, 'with ***.'],
  [`xghp_${'a'.repeat(36)}`, `xghp_${'a'.repeat(36)}`],
  ['xoxb-1234567890-abc glpat-abcdefghij1234567890', '*** ***'],
  ['eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.dBjftJeZ4CVP', '***'],
  ['AKIAIOSFODNN7EXAMPLE', '***'],
] as const) {
  test(`${JSON.stringify(text)} is shown as ${JSON.stringify(shown)}`, () => {
    assert.equal(redactor.text(text), shown);
    assert.equal(redactor.text(shown), shown);
  });
}

test('a text full of signs is searched in no time that grows with its square', () => {
  for (const unit of ['=', '":', 'a=', '"a":"', 'eyJ', 'token=']) {
    const text = unit.repeat(200_000 / unit.length);
    assert.ok(redactor.text(text).length <= text.length + 200_000);
  }
});
