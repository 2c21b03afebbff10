import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addressGroup, compileAddresses, isNetwork } from './address-test.ts';

test('an address is in a network when their first bits are the same', () => {
  for (const [network, inside, outside] of [
    ['10.0.0.0/8', ['10.0.0.0', '10.255.255.255', '::ffff:10.1.2.3'], ['9.255.255.255', '11.0.0.0', '::10.0.0.1']],
    ['140.82.112.0/20', ['140.82.127.255'], ['140.82.128.0', '140.82.111.255']],
    ['192.0.2.1', ['192.0.2.1'], ['192.0.2.2']],
    ['0.0.0.0/0', ['1.2.3.4', '::ffff:1.2.3.4'], ['::1']],
    ['::/0', ['::1', '2001:db8::1', '1.2.3.4'], []],
    ['2001:db8::/33', ['2001:db8:7fff::1'], ['2001:db8:8000::']],
    ['::ffff:10.0.0.0/104', ['10.9.9.9', '::ffff:10.9.9.9'], ['11.0.0.0']],
    ['::ffff:10.0.0.1', ['10.0.0.1'], ['10.0.0.2']],
  ] as const) {
    const test = compileAddresses([network]);
    for (const address of inside) assert.equal(test(address), true, `${address} in ${network}`);
    for (const address of [...outside, '', 'x']) assert.equal(test(address), false, `${address} in ${network}`);
  }
});

test('one of several networks is enough, and of none nothing is', () => {
  assert.equal(compileAddresses(['10.0.0.0/8', '::1'])('::1'), true);
  assert.equal(compileAddresses([])('::1'), false);
});

test('what is no address and no network is none', () => {
  for (const text of ['10.0.0.0/8', '10.1.2.3/8', '::1', '::', '1::', '2001:db8::/32', '::ffff:10.0.0.1']) {
    assert.equal(isNetwork(text), true, text);
  }
  for (const text of [
    '',
    '/8',
    '10.0.0.0/',
    '10.0.0.0/33',
    '10.0.0.0/8/8',
    '::/129',
    '10.0.0/8',
    '10.0.0.256',
    '010.0.0.1',
    '::10.0.0.256',
    ':::',
    '1::2::3',
    '1:2:3:4:5:6:7',
    '1:2:3:4:5:6:7:8:9',
    '1:2:3:4:5:6:7:8::',
    '12345::',
    'g::',
    'example.com',
  ]) {
    assert.equal(isNetwork(text), false, text);
  }
  assert.throws(() => compileAddresses(['10.0.0.0/33']), /no network/);
});

test('the addresses that one client may take over IPv6 are one group', () => {
  assert.equal(addressGroup('2001:db8:1:2:f000:4:5:6'), addressGroup('2001:db8:1:2::1'));
  assert.notEqual(addressGroup('2001:db8:1:2::1'), addressGroup('2001:db8:1:3::1'));
  for (const address of ['192.0.2.1', '::ffff:192.0.2.1', '']) assert.equal(addressGroup(address), address);
});
