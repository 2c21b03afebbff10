import assert from 'node:assert/strict';
import { test } from 'node:test';
import { looksLikeToken, TOKEN_PREFIX, tokenStanding } from './token.ts';

const CASES = [
  [{ expiresAt: null, endedAt: null }, 'live'],
  [{ expiresAt: 101, endedAt: null }, 'live'],
  [{ expiresAt: 100, endedAt: null }, 'expired'],
  [{ expiresAt: null, endedAt: 50 }, 'revoked'],
  [{ expiresAt: 200, endedAt: 50 }, 'revoked'],
  [{ expiresAt: 40, endedAt: 50 }, 'expired'],
  [{ expiresAt: 100, endedAt: 100 }, 'expired'],
] as const;

for (const [token, standing] of CASES) {
  test(`a token that expires at ${token.expiresAt} and was ended at ${token.endedAt} is ${standing} at 100`, () => {
    assert.equal(tokenStanding(token, 100), standing);
  });
}

test('a token is known by its form', () => {
  const text = `${TOKEN_PREFIX}${'aZ9_-'.repeat(8)}abc`;
  assert.equal(looksLikeToken(text), true);
  for (const other of ['', 'dct_', text.slice(1), `${text}a`, text.slice(0, -1), text.replace('a', '+'), `${text}\n`]) {
    assert.equal(looksLikeToken(other), false, other);
  }
});
