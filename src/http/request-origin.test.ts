import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isOwnOrigin, namesThisHost } from './request-origin.ts';

const settings = { hosts: ['gate.lan'], publicUrl: 'https://gate.example.org:8443' };
const own = { listen: '192.0.2.10:8080', settings };
const request = { origin: null, fetchSite: null, localAddress: '::ffff:192.0.2.10' };

describe('the host that a request names', () => {
  const KNOWN = [
    'localhost',
    'LOCALHOST:9000',
    '127.0.0.1:8080',
    '127.1.2.3',
    '[::1]:8080',
    '192.0.2.10',
    '192.0.2.10:8080',
    'gate.lan:1234',
    'Gate.LAN',
    'gate.example.org',
    'gate.example.org:443',
  ];
  for (const host of KNOWN) {
    it(`${host} is this gateway`, () => assert.equal(namesThisHost({ ...request, host }, own), true));
  }

  const UNKNOWN = [
    null,
    '',
    'evil.example',
    'localhost.evil.example',
    '127.0.0.1.evil.example',
    'evil.example:8080',
    'gate.lan.evil.example',
    'gate.lan.',
    'xgate.lan',
    '0.0.0.0:8080',
    '[::]:8080',
    '192.0.2.11',
    '[::ffff:c000:20a]',
    '2130706433',
    '0x7f.1',
    'localhost:8080:8080',
    'localhost, evil.example',
    'localhost/evil',
    'user@localhost',
    'localhost:port',
    ' localhost',
    '[localhost]',
    '[::1',
  ];
  for (const host of UNKNOWN) {
    it(`${host} is not`, () => assert.equal(namesThisHost({ ...request, host }, own), false));
  }

  it('is known by the address of an IPv6 connection', () => {
    const asked = { ...request, host: '[2001:db8::1]:8080', localAddress: '2001:db8::1' };
    assert.equal(namesThisHost(asked, { listen: '[::]:8080', settings }), true);
    assert.equal(namesThisHost({ ...asked, localAddress: '2001:db8::2' }, { listen: '[::]:8080', settings }), false);
    assert.equal(namesThisHost({ ...asked, localAddress: '' }, { listen: '[2001:DB8::1]:8080', settings }), true);
  });

  it('is not one that nobody configured', () => {
    const bare = { listen: null, settings: { hosts: [], publicUrl: null } };
    assert.equal(namesThisHost({ ...request, host: 'gate.lan' }, bare), false);
    assert.equal(namesThisHost({ ...request, host: '', localAddress: '' }, bare), false);
  });
});

describe('where a request comes from', () => {
  const from = (origin: string | null, fetchSite: string | null = null, host = 'localhost:8080') =>
    isOwnOrigin({ ...request, host, origin, fetchSite }, own);

  it('is nowhere for a program, and its own origin for the console', () => {
    assert.equal(from(null), true);
    assert.equal(from(null, 'none'), true);
    assert.equal(from('http://localhost:8080'), true);
    assert.equal(from('http://LOCALHOST:8080', 'same-origin'), true);
    assert.equal(from('https://gate.example.org:8443', null, '127.0.0.1:8080'), true);
  });

  const FOREIGN = [
    'null',
    '',
    'http://evil.example',
    'http://localhost',
    'http://localhost:3000',
    'https://localhost:8080',
    'http://127.0.0.1:8080',
    'https://gate.example.org',
    'http://gate.example.org:8443',
    'file://',
    'http://localhost:8080.evil.example',
    'http://localhost:8080/',
  ];
  for (const origin of FOREIGN) it(`"${origin}" is foreign`, () => assert.equal(from(origin), false));

  for (const site of ['cross-site', 'same-site', 'CROSS-SITE', 'new-word', '']) {
    it(`a browser that says "${site}" is told no`, () => assert.equal(from(null, site), false));
  }
});
