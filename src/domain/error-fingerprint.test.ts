import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { errorFingerprint, normalMessage } from './error-fingerprint.ts';

const about = { instance: 'notify', command: 'handle' };

describe('normalMessage', () => {
  const table: readonly (readonly [string, string])[] = [
    ['HTTP 503 after 1.5 s', 'HTTP <n> after <n> s'],
    ['no user "ada" in `users`', 'no user <text> in <text>'],
    ["can't open 'x y'; it isn't there", "can't open <text>; it isn't there"],
    ['job 0197c0de-1111-7222-8333-444455556666 is gone', 'job <id> is gone'],
    ['at 2026-11-23T10:00:00.123Z and at 10:00', 'at <time> and at <time>'],
    ['GET https://api.example.com/v1/x?y=1 failed', 'GET <url> failed'],
    ['open /var/lib/x/data-7.json: no such file', 'open <path>: no such file'],
    ['commit deadbeef12 at 0xfe, key sk_live_1234567890abcdef', 'commit <id> at <id>, key <id>'],
    ['mail to ada@example.com bounced', 'mail to <address> bounced'],
    ['  two\n lines\t', 'two lines'],
    ['connection refused', 'connection refused'],
    ['', ''],
  ];
  for (const [message, expected] of table)
    it(`makes ${JSON.stringify(expected)}`, () => assert.equal(normalMessage(message), expected));

  it('looks at the beginning only, and takes no longer for a hostile one', () => {
    assert.equal(normalMessage(`${'a '.repeat(1_000)}tail`), 'a '.repeat(1_000).trim());
    for (const char of ['a', '1', '/', '-', '@', '"', "'", 'a1', '1:', '1-', '<']) normalMessage(char.repeat(100_000));
  });
});

describe('errorFingerprint', () => {
  const first = errorFingerprint({ ...about, error: { code: 'unavailable', message: 'HTTP 503 from host-1' } });

  it('is the same for errors that differ in a number, and stays the same between versions', () => {
    assert.equal(
      errorFingerprint({ ...about, error: { code: 'unavailable', message: 'HTTP 502 from host-9' } }),
      first,
    );
    assert.equal(first, '49292d54220b14f7');
  });

  it('differs by instance, command, code and what the message says', () => {
    const error = { code: 'unavailable', message: 'HTTP 503 from host-1' };
    const others = [
      errorFingerprint({ ...about, instance: 'other', error }),
      errorFingerprint({ ...about, command: 'poll', error }),
      errorFingerprint({ ...about, error: { ...error, code: 'timeout' } }),
      errorFingerprint({ ...about, error: { ...error, message: 'HTTP 503 to host-1' } }),
      errorFingerprint({ ...about, error: null }),
    ];
    assert.equal(new Set([first, ...others]).size, 6);
    for (const fingerprint of [first, ...others]) assert.match(fingerprint, /^[0-9a-f]{16}$/);
  });
});
