import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isLoopbackAddress, isLoopbackPlace, placeOf } from './api-settings.ts';

test('an address of this machine alone is told from others', () => {
  for (const own of ['127.0.0.1', '127.9.9.9', '::1', '::ffff:127.0.0.1', '::FFFF:127.0.0.1']) {
    assert.equal(isLoopbackAddress(own), true, own);
  }
  for (const other of ['', '0.0.0.0', '::', '128.0.0.1', '10.0.0.127', '::ffff:10.0.0.1', '127.evil.example', '::11']) {
    assert.equal(isLoopbackAddress(other), false, other);
  }
});

test('a place is read as it is written', () => {
  assert.deepEqual(placeOf('127.0.0.1:80'), { host: '127.0.0.1', port: 80 });
  assert.deepEqual(placeOf('[::1]:8080'), { host: '::1', port: 8_080 });
  for (const own of ['127.0.0.1:1', '[::1]:1', 'localhost:1', 'LocalHost:1']) assert.ok(isLoopbackPlace(own), own);
  for (const other of ['0.0.0.0:1', '[::]:1', 'gate.lan:1', 'localhost.lan:1'])
    assert.ok(!isLoopbackPlace(other), other);
});
