import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Json } from '../json.ts';
import { challengeAnswer, handshakeAnswer } from './handshake.ts';

test('handshakes are answered as their senders ask for', () => {
  const slack = { token: 'x', type: 'url_verification', challenge: '3eZbrw1a' };
  assert.deepEqual(handshakeAnswer('slack', slack), {
    status: 200,
    contentType: 'text/plain; charset=utf-8',
    text: '3eZbrw1a',
  });
  const pong = { status: 200, contentType: 'application/json', text: '{"type":1}' };
  assert.deepEqual(handshakeAnswer('discord', { type: 1, id: '1' }), pong);
  const nothing = { status: 204, contentType: null, text: '' };
  assert.deepEqual(handshakeAnswer('discord', { version: 1, application_id: '1', type: 0 }), nothing);
});

test('every other delivery is none', () => {
  const rows: readonly (readonly [string, Json])[] = [
    ['slack', { type: 'event_callback', challenge: 'x' }],
    ['slack', { type: 'url_verification' }],
    ['slack', { type: 'url_verification', challenge: 5 }],
    ['slack', { type: 'url_verification', challenge: 'a\nb' }],
    ['slack', { type: 'url_verification', challenge: 'x'.repeat(1_025) }],
    ['slack', []],
    ['slack', null],
    ['discord', { type: 2 }],
    ['discord', { type: '1' }],
    ['discord', { type: 1, event: { type: 'APPLICATION_AUTHORIZED' } }],
    ['github', { type: 1, challenge: 'x' }],
  ];
  for (const [scheme, body] of rows) assert.equal(handshakeAnswer(scheme, body), null, JSON.stringify(body));
});

test("Meta's question is answered when it knows the token", () => {
  const ask = (query: Record<string, string>, method = 'GET') =>
    challengeAnswer({ kind: 'meta', token: 'a-token' }, { method, query });
  const right = { 'hub.mode': 'subscribe', 'hub.verify_token': 'a-token', 'hub.challenge': '1158201444' };
  assert.deepEqual(ask(right), { kind: 'answer', text: '1158201444' });
  assert.deepEqual(ask({ ...right, 'hub.verify_token': 'b-token' }), { kind: 'refused' });
  assert.deepEqual(ask({ 'hub.mode': 'subscribe', 'hub.challenge': 'x' }), { kind: 'refused' });
  assert.deepEqual(ask({ 'hub.mode': 'subscribe', 'hub.verify_token': 'a-token' }), { kind: 'refused' });
  assert.deepEqual(ask({ ...right, 'hub.challenge': 'é' }), { kind: 'refused' });
  assert.equal(ask(right, 'POST'), null);
  assert.deepEqual(ask({ ...right, 'hub.mode': 'unsubscribe' }), { kind: 'refused' });
  assert.deepEqual(ask({}), { kind: 'refused' });
});

test("Microsoft's question is answered by either method", () => {
  const ask = (query: Record<string, string>, method: string) =>
    challengeAnswer({ kind: 'microsoft' }, { method, query });
  const text = 'Validation: Testing client application reachability Request-Id: 1';
  assert.deepEqual(ask({ validationToken: text }, 'POST'), { kind: 'answer', text });
  assert.deepEqual(ask({ validationToken: text }, 'GET'), { kind: 'answer', text });
  assert.deepEqual(ask({ validationToken: 'x'.repeat(1_024) }, 'GET'), { kind: 'answer', text: 'x'.repeat(1_024) });
  assert.deepEqual(ask({ validationToken: 'x'.repeat(1_025) }, 'GET'), { kind: 'refused' });
  assert.deepEqual(ask({ validationToken: '' }, 'POST'), { kind: 'refused' });
  assert.equal(ask({ validationToken: text }, 'PUT'), null);
  assert.equal(ask({}, 'POST'), null);
});
