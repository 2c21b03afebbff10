import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Json } from './json.ts';
import { createRedactor } from './redact.ts';
import { restoreMasked } from './restore-masked.ts';

const redactor = createRedactor({ secrets: ['hunter22'], keys: [], patterns: [] });

const ORIGINAL: Json = {
  to: 'ada',
  token: 'abc',
  url: 'https://x/?k=hunter22',
  list: ['hunter22', { n: 1, password: 'p' }],
  'for-hunter22': true,
};
const SHOWN: Json = {
  to: 'ada',
  token: '***',
  url: 'https://x/?k=***',
  list: ['***', { n: 1, password: '***' }],
  'for-***': true,
};

describe('restoreMasked', () => {
  it('starts from what the redactor shows', () => assert.deepEqual(redactor.json(ORIGINAL), SHOWN));

  const good: readonly (readonly [string, Json, Json])[] = [
    ['what was not changed', SHOWN, ORIGINAL],
    ['what stands beside a change', { ...SHOWN, to: 'eve', n: null }, { ...ORIGINAL, to: 'eve', n: null }],
    ['a secret that was replaced', { ...SHOWN, token: 'new' }, { ...ORIGINAL, token: 'new' }],
    [
      'an item whose list grew',
      { list: ['***', { n: 2, password: '***' }, 3] },
      { list: ['hunter22', { n: 2, password: 'p' }, 3] },
    ],
    ['nothing where all is new', [1, 'x', { a: false }], [1, 'x', { a: false }]],
    ['a name', { 'for-***': false }, { 'for-hunter22': false }],
  ];
  for (const [what, edited, expected] of good) {
    it(`puts back ${what}`, () => {
      const restored = restoreMasked(edited, { original: ORIGINAL, shown: SHOWN });
      assert.deepEqual(restored, { ok: true, value: expected });
    });
  }

  const bad: readonly (readonly [string, Json, string])[] = [
    ['that moved', { list: [{ n: 1, password: '***' }] }, '/list/0/password'],
    ['that was renamed', { secret: '***' }, '/secret'],
    ['that was written into', { ...SHOWN, url: 'https://y/?k=***' }, '/url'],
    ['in a new name', { 'a-***': 1 }, '/a-***'],
    ['that is all there is', '***', ''],
  ];
  for (const [what, edited, at] of bad) {
    it(`refuses a mask ${what}`, () => {
      assert.deepEqual(restoreMasked(edited, { original: ORIGINAL, shown: SHOWN }), { ok: false, at });
    });
  }

  it('takes a value as it is where nothing was masked', () => {
    const stars: Json = { a: '***' };
    assert.deepEqual(restoreMasked(stars, { original: { a: 1 }, shown: { a: 1 } }), { ok: true, value: stars });
  });

  it('knows members by their names where masks change their order', () => {
    const original: Json = { b: 'hunter22', 7: 'x' };
    const shown: Json = { b: '***', '***': 1 };
    assert.deepEqual(restoreMasked({ b: '***' }, { original, shown }), { ok: true, value: { b: 'hunter22' } });
    assert.deepEqual(restoreMasked({ '***': 1 }, { original, shown }), { ok: false, at: '/***' });
    assert.deepEqual(restoreMasked([{ b: 1 }, '***'], { original: 1, shown: '***' }), { ok: false, at: '/1' });
  });
});
