import assert from 'node:assert/strict';
import { it } from 'node:test';
import { fingerprintOf } from './fingerprint.ts';

const of = (event: string | null, text: string): string => fingerprintOf({ event, body: Buffer.from(text) });

it('tells the event and the body apart, and is the same for the same', () => {
  assert.equal(of('push', '{}'), of('push', '{}'));
  assert.equal(
    new Set([of('push', '{}'), of('ping', '{}'), of(null, '{}'), of('push', '{} '), of('', 'push\n{}')]).size,
    5,
  );
  assert.match(of(null, ''), /^[0-9a-f]{64}$/);
});
