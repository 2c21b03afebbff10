import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compileAddresses } from './address-test.ts';
import { clientAddress, type ForwardedRequest } from './client-address.ts';

const trusted = compileAddresses(['127.0.0.1', '10.0.0.0/8', '2001:db8::/32']);

function clientOf(more: Partial<ForwardedRequest>): string {
  return clientAddress({ socket: '127.0.0.1', forwardedFor: null, forwarded: null, trusted, ...more });
}

test('the client is the last hop that is no trusted proxy', () => {
  for (const [forwardedFor, client] of [
    ['192.0.2.1', '192.0.2.1'],
    ['192.0.2.9, 192.0.2.1', '192.0.2.1'],
    ['192.0.2.9, 192.0.2.1, 10.0.0.1,10.0.0.2', '192.0.2.1'],
    ['10.0.0.1, 10.0.0.2', '10.0.0.1'],
    ['192.0.2.1:4711', '192.0.2.1'],
    ['[2001:db9::1]:80', '2001:db9::1'],
    ['[2001:db9::1]', '2001:db9::1'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['192.0.2.9, unknown, 10.0.0.1', '10.0.0.1'],
    ['192.0.2.9, , 10.0.0.1', '10.0.0.1'],
    ['garbage', '127.0.0.1'],
    ['', '127.0.0.1'],
  ] as const) {
    assert.equal(clientOf({ forwardedFor }), client, forwardedFor);
  }
});

test('`Forwarded` is read like RFC 7239 has it', () => {
  for (const [forwarded, client] of [
    ['for=192.0.2.60;proto=http;by=203.0.113.43', '192.0.2.60'],
    ['proto=http; For="[2001:db9:cafe::17]:4711"', '2001:db9:cafe::17'],
    ['for=192.0.2.43, for="[2001:db8:cafe::17]"', '192.0.2.43'],
    // Whatever a client leaves open, the proxy's own part counts.
    ['for="192.0.2.9, for=192.0.2.1', '192.0.2.1'],
    ['for=192.0.2.9, for=_hidden', '127.0.0.1'],
    ['for=192.0.2.9, proto=http', '127.0.0.1'],
    ['for=unknown', '127.0.0.1'],
    [' ', '127.0.0.1'],
  ] as const) {
    assert.equal(clientOf({ forwarded }), client, forwarded);
  }
});

test('`X-Forwarded-For` is believed rather than `Forwarded`', () => {
  assert.equal(clientOf({ forwardedFor: '192.0.2.1', forwarded: 'for=192.0.2.2' }), '192.0.2.1');
});

test('nothing is believed of who is no trusted proxy', () => {
  const made = { forwardedFor: '192.0.2.1', forwarded: 'for=192.0.2.1' };
  assert.equal(clientOf({ ...made, socket: '192.0.2.7' }), '192.0.2.7');
  assert.equal(clientOf({ ...made, socket: '::ffff:192.0.2.7' }), '192.0.2.7');
  assert.equal(clientOf({ ...made, socket: '' }), '');
});
