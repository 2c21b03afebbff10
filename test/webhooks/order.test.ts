import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { site } from '../e2e/gateway-process.ts';
import { exchange, github, send } from './sender.ts';

const SECRET = 'order-secret-0123456789';
const CONFIG = `
service: { state_dir: ./state }
plugins: { sink: { uses: exec, config: { shell: "true" } } }
webhooks:
  listen: 127.0.0.1:0
  trusted_proxies: [127.0.0.1]
  address_limit: { count: 3, per: 1h }
  endpoints:
    - { name: hub, path: /hub, verify: { scheme: github, secrets: [${SECRET}] }, to: sink, max_body: 1KiB }
    - { name: near, path: /near, verify: { scheme: github, secrets: [${SECRET}] }, to: sink, allow: [203.0.113.0/24] }
    - { name: rated, path: /rated, verify: { scheme: github, secrets: [${SECRET}] }, to: sink, rate_limit: { count: 1, per: 1h } }
    - { name: token, path: /token, verify: { scheme: bearer, secrets: [token-0123456789] }, to: sink }
    - { name: basic, path: /basic, verify: { scheme: basic, username: me, secrets: [password-0123456789] }, to: sink }
    - { name: only, path: /only, verify: { scheme: hmac, header: X-Sign, secrets: [${SECRET}] }, dedupe: "header:X-Request", to: sink }
`;

/** A gateway that serves the endpoints above, and where. */
async function listening(t: TestContext) {
  const s = site(t, CONFIG);
  const gateway = await s.start();
  const ready = await gateway.line(({ msg }) => msg === 'the gateway is ready');
  return { s, gateway, at: String(ready['webhooks']) };
}

/** Each request fails at its own check and at every later one that it can. */
const FAULTS: readonly (readonly [title: string, head: string, status: number, code: string])[] = [
  [
    'an unknown path',
    'PUT /nowhere HTTP/1.1\r\nHost: a\r\nContent-Encoding: gzip\r\nContent-Length: 5000',
    404,
    'not_found',
  ],
  [
    'another method',
    'PUT /hub HTTP/1.1\r\nHost: a\r\nContent-Encoding: gzip\r\nContent-Length: 5000',
    405,
    'method_not_allowed',
  ],
  [
    'an address that is not on the list',
    'POST /near HTTP/1.1\r\nHost: a\r\nContent-Encoding: gzip\r\nContent-Length: 5000',
    403,
    'forbidden',
  ],
  [
    'an encoded body',
    'POST /hub HTTP/1.1\r\nHost: a\r\nContent-Encoding: gzip\r\nContent-Length: 5000',
    415,
    'encoded_body',
  ],
  [
    'another content type',
    'POST /hub HTTP/1.1\r\nHost: a\r\nContent-Type: text/plain\r\nContent-Length: 5000',
    415,
    'unsupported_media_type',
  ],
  [
    'a body that is declared too long',
    'POST /hub HTTP/1.1\r\nHost: a\r\nHost: b\r\nContent-Type: application/json\r\nContent-Length: 1025',
    413,
    'body_too_large',
  ],
  ...[
    'Host: b',
    'X-Hub-Signature-256: sha256=00\r\nX-Hub-Signature-256: sha256=11',
    'X-GitHub-Delivery: 1\r\nX-GitHub-Delivery: 2',
  ].map(
    (twice) =>
      [
        `twice ${twice.split(':', 1)[0]}`,
        `POST /hub HTTP/1.1\r\nHost: a\r\n${twice}\r\nContent-Type: application/json\r\nContent-Length: 3`,
        400,
        'duplicate_header',
      ] as const,
  ),
  [
    'twice the header that tells repeats',
    'POST /only HTTP/1.1\r\nHost: a\r\nX-Request: 1\r\nX-Request: 2\r\nContent-Type: application/json\r\nContent-Length: 3',
    400,
    'duplicate_header',
  ],
];

describe('a request to the listener for webhooks', () => {
  it('is checked in one order, and refused unread where that can be told from its head', async (t) => {
    const { at } = await listening(t);
    for (const [title, head, status, code] of FAULTS) {
      const told = await exchange(at, `${head}\r\nConnection: close\r\n\r\n`);
      assert.match(told, new RegExp(`^HTTP/1.1 ${status} `), title);
      assert.match(told, new RegExp(`"code":"${code}"`), title);
      assert.match(told, /\r\nConnection: close\r\n/i, title);
    }
    const options = await send(at, { method: 'OPTIONS', path: '/hub' });
    assert.deepEqual([options.status, options.headers['allow']], [405, 'POST']);
    assert.equal((await send(at, { method: 'HEAD', path: '/hub' })).status, 405);
    assert.equal((await send(at, { path: '/hub', body: '{}' })).status, 401);
    const badly = '{"a":';
    const bad = await send(at, { path: '/hub', headers: github(SECRET, badly), body: badly });
    assert.deepEqual([bad.status, bad.json['code']], [400, 'invalid_body']);
    const good = await send(at, { path: '/hub?x=1', headers: github(SECRET, '{}'), body: '{}' });
    assert.equal(good.status, 202, good.text);
    assert.deepEqual(Object.keys(good.json), ['delivery_id', 'job_id']);
  });

  it('counts toward the limit of its address, which proxies name, and toward that of its endpoint once it is authentic', async (t) => {
    const { at } = await listening(t);
    const forwarded = { 'x-forwarded-for': '198.51.100.9, 203.0.113.7' };
    const statuses: number[] = [];
    for (let n = 0; n < 4; n += 1) {
      const { status, headers } = await send(at, { path: '/hub', headers: forwarded, body: '{}' });
      statuses.push(status);
      if (status === 429) assert.match(String(headers['retry-after']), /^\d+$/);
    }
    assert.deepEqual(statuses, [401, 401, 401, 429]);
    const other = { ...github(SECRET, '{}'), 'x-forwarded-for': '203.0.113.8' };
    assert.equal((await send(at, { path: '/near', headers: other, body: '{}' })).status, 202, 'another address');

    for (let n = 0; n < 5; n += 1) assert.equal((await send(at, { path: '/rated', body: '{}' })).status, 401);
    assert.equal((await send(at, { path: '/rated', headers: github(SECRET, '1'), body: '1' })).status, 202);
    const more = await send(at, { path: '/rated', headers: github(SECRET, '2'), body: '2' });
    assert.deepEqual([more.status, more.json['code']], [429, 'too_many_requests']);
  });

  it('is told the same, byte for byte, whatever is wrong with its authentication', async (t) => {
    const { at } = await listening(t);
    const basic = (pair: string) => `Authorization: Basic ${Buffer.from(pair).toString('base64')}\r\n`;
    const requests = [
      ['/hub', ''],
      ['/hub', 'X-Hub-Signature-256: nonsense\r\n'],
      ['/hub', `X-Hub-Signature-256: sha256=${'0'.repeat(64)}\r\n`],
      ['/token', ''],
      ['/token', 'Authorization: Bearer wrong\r\n'],
      ['/token', basic('me:password-0123456789')],
      ['/basic', ''],
      ['/basic', basic('you:password-0123456789')],
      ['/basic', basic('me:wrong')],
    ];
    const told = new Set<string>();
    for (const [path, header] of requests) {
      const head = `POST ${path} HTTP/1.1\r\nHost: a\r\n${header}Content-Type: application/json\r\nContent-Length: 2\r\nConnection: close`;
      const answer = await exchange(at, `${head}\r\n\r\n{}`);
      assert.match(answer, /^HTTP\/1.1 401 /);
      told.add(answer.replace(/^Date: .*\r\n/m, ''));
    }
    assert.equal(told.size, 1, [...told].join('\n'));
  });
});
