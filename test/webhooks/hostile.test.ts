import assert from 'node:assert/strict';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { connect, type Socket } from 'node:net';
import { describe, it, type TestContext } from 'node:test';
import { OperatorError } from '../../src/domain/errors.ts';
import type { Endpoint } from '../../src/domain/webhook/endpoint.ts';
import { NO_WEBHOOKS } from '../../src/domain/webhook/settings.ts';
import type { Webhooks } from '../../src/engine/webhooks.ts';
import { createWebhookListener } from '../../src/http/webhooks/listener.ts';
import { systemClock } from '../../src/platform/clock.ts';
import { createLog } from '../../src/platform/log.ts';
import { endpointOf } from '../values.ts';
import { exchange, send } from './sender.ts';

const CAP = 1_024;
/** Short, so that the tests are; the proportions are the real ones. */
const BOUNDS = {
  headersMs: 400,
  bodyMs: 500,
  requestMs: 600,
  checkMs: 50,
  keepAliveMs: 300,
  closeMs: 100,
  connections: 100,
};

const OPEN = endpointOf('open', { body: 'raw', maxBodyBytes: CAP, contentTypes: [] });

/** A listener over webhooks that take everything, with what they took, refused and said in the log. */
async function listening(
  t: TestContext,
  {
    endpoint = {},
    bounds = {},
    ...webhooks
  }: { readonly endpoint?: Partial<Endpoint>; readonly bounds?: Partial<typeof BOUNDS> } & Partial<Webhooks> = {},
) {
  const bodies: string[] = [];
  const refused: string[] = [];
  const lines: string[] = [];
  const listener = createWebhookListener({
    webhooks: {
      settings: () => ({ ...NO_WEBHOOKS, endpoints: [{ ...OPEN, ...endpoint }] }),
      checkRoom: async () => {},
      async receive({ raw }) {
        bodies.push(Buffer.from(raw).toString());
        return { id: 'd', jobId: 'j', eventId: null, repeat: false, retried: false };
      },
      wait: () => Promise.reject(new Error('nobody waits')),
      refused: ({ reason }) => refused.push(reason),
      stop: async () => {},
      ...webhooks,
    },
    clock: systemClock,
    log: createLog({ level: 'debug', write: (line) => lines.push(line) }),
    bounds: { ...BOUNDS, ...bounds },
  });
  t.after(() => listener.close());
  await listener.follow('127.0.0.1:0');
  return { listener, at: listener.address() ?? '', bodies, refused, lines };
}

/** The server's end of the next connection that is made. */
function nextServerSocket(): Promise<Socket> {
  return new Promise((resolve) => {
    const hear = (message: unknown): void => {
      unsubscribe('net.server.socket', hear);
      resolve((message as { socket: Socket }).socket);
    };
    subscribe('net.server.socket', hear);
  });
}

/** Sends a head and then body for as long as it is let; resolves to what came back and how many bytes the server read. */
async function flood(
  at: string,
  head: string,
  piece: Buffer,
): Promise<{ readonly told: string; readonly read: number }> {
  const accepted = nextServerSocket();
  const { hostname, port } = new URL(`http://${at}`);
  const client = connect(Number(port), hostname);
  const chunks: Buffer[] = [];
  client.on('data', (chunk: Buffer) => chunks.push(chunk));
  client.on('error', () => {});
  const closed = new Promise<void>((resolve) => client.on('close', () => resolve()));
  client.write(head);
  const more = (): void => {
    while (client.writable && client.write(piece));
  };
  client.on('drain', more);
  more();
  await closed;
  return { told: Buffer.concat(chunks).toString(), read: (await accepted).bytesRead };
}

describe('the listener for webhooks and a hostile client', () => {
  for (const [what, bytes] of [
    ['sends nothing', ''],
    ['does not come to the end of its headers', 'POST /open HTTP/1.1\r\nHost: a\r\nX-Slow: '],
    ['does not come to the end of its body', 'POST /open HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n12345'],
    [
      'does not come to the end of a chunk',
      'POST /open HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n123',
    ],
  ] as const) {
    it(`closes one that ${what}`, async (t) => {
      const { at, bodies, refused } = await listening(t);
      const told = await exchange(at, bytes);
      assert.match(told, /^HTTP\/1\.1 408 |^$/);
      assert.deepEqual(bodies, []);
      assert.deepEqual(refused, bytes.includes('\r\n\r\n') ? ['too_slow'] : []);
    });
  }

  it('takes no more of a body without a declared length than its cap and what was under way', async (t) => {
    const { at, bodies, refused } = await listening(t);
    const piece = Buffer.concat([Buffer.from('4000\r\n'), Buffer.alloc(0x4000, 'x'), Buffer.from('\r\n')]);
    const { told, read } = await flood(
      at,
      'POST /open HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n',
      piece,
    );
    assert.match(told, /^HTTP\/1\.1 413 |^$/);
    assert.ok(read <= CAP + 65_536 + 200, `read ${read} bytes`);
    assert.deepEqual([bodies, refused], [[], ['too_large']]);
  });

  it('does not read a body that is declared too long', async (t) => {
    const { at, refused } = await listening(t);
    const { told, read } = await flood(
      at,
      'POST /open HTTP/1.1\r\nHost: a\r\nContent-Length: 100000000\r\n\r\n',
      Buffer.alloc(0x4000, 'x'),
    );
    assert.match(told, /^HTTP\/1\.1 413 |^$/);
    assert.ok(read <= 65_536 + 200, `read ${read} bytes`);
    assert.deepEqual(refused, ['too_large']);
  });

  it('takes nothing from one that hangs up early, and reads no further than the declared length', async (t) => {
    const { at, bodies } = await listening(t);
    const { hostname, port } = new URL(`http://${at}`);
    await new Promise<void>((resolve) => {
      const early = connect(Number(port), hostname, () => {
        early.end('POST /open HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n12345');
      });
      early.resume().on('error', () => {});
      early.on('close', () => resolve());
    });
    const more = 'POST /open HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nConnection: close\r\n\r\nokGARBAGE\r\n\r\n';
    assert.match(await exchange(at, more), /^HTTP\/1\.1 (202|400) /);
    assert.deepEqual(bodies, ['ok']);
  });

  it('asks for the body of one that waits for leave only when it will read it', async (t) => {
    const { at, bodies } = await listening(t);
    const head = (length: number) =>
      `POST /open HTTP/1.1\r\nHost: a\r\nContent-Length: ${length}\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n`;
    assert.match(await exchange(at, head(CAP + 1)), /^HTTP\/1\.1 413 /);
    assert.match(await exchange(at, `${head(2)}ok`), /^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 202 /);
    assert.deepEqual(bodies, ['ok']);
  });

  for (const [what, bytes, status] of [
    ['no HTTP', 'nonsense\r\n\r\n', 400],
    ['two lengths', 'POST /open HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nabc', 400],
    [
      'a length and chunks',
      'POST /open HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
      400,
    ],
    ['headers that are too long', `POST /open HTTP/1.1\r\nHost: a\r\nX-Long: ${'x'.repeat(20_000)}\r\n\r\n`, 431],
    [
      'a compressed transfer',
      'POST /open HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\nConnection: close\r\n\r\n2\r\nok\r\n0\r\n\r\n',
      415,
    ],
  ] as const) {
    it(`refuses ${what} without a word of why`, async (t) => {
      const { at, bodies } = await listening(t);
      const told = await exchange(at, bytes);
      assert.match(told, new RegExp(`^HTTP/1\\.1 ${status} `));
      assert.deepEqual(bodies, []);
    });
  }

  it('ends a connection on which nothing more is asked', async (t) => {
    const { at } = await listening(t);
    const told = await exchange(at, 'POST /open HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nok');
    assert.match(told, /^HTTP\/1\.1 202 /);
    assert.match(told, /Connection: keep-alive/i);
  });
});

describe('the listener for webhooks', () => {
  it('says 503 and when to come again while storage takes nothing', async (t) => {
    const { at, refused, lines } = await listening(t, {
      receive: () => Promise.reject(new OperatorError('storage_unavailable', 'the disk /secret/place is full')),
    });
    const { status, headers, text } = await send(at, { path: '/open', body: 'x' });
    assert.equal(status, 503);
    assert.match(String(headers['retry-after']), /^\d+$/);
    assert.doesNotMatch(text, /disk|secret/);
    assert.deepEqual([refused, lines], [['unavailable'], []]);
  });

  it('tells nothing of a bug', async (t) => {
    const { at, lines } = await listening(t, { receive: () => Promise.reject(new TypeError('inner workings')) });
    const { status, text } = await send(at, { path: '/open', body: 'x' });
    assert.equal(status, 500);
    assert.doesNotMatch(text, /inner/);
    assert.match(lines.join(''), /inner workings/);
  });

  it('keeps at most 100 senders waiting for their jobs', async (t) => {
    const waiting: (() => void)[] = [];
    const full = Promise.withResolvers<void>();
    const { at } = await listening(t, {
      bounds: { connections: 200 },
      endpoint: { respondMs: 60_000 },
      wait: () => {
        const { promise, reject } = Promise.withResolvers<never>();
        waiting.push(() => reject(new OperatorError('draining', 'the end')));
        if (waiting.length === 100) full.resolve();
        return promise;
      },
    });
    const kept = Array.from({ length: 100 }, () => send(at, { path: '/open', body: 'x' }));
    await full.promise;
    const { status, json } = await send(at, { path: '/open', body: 'x' });
    assert.deepEqual([status, json], [202, { delivery_id: 'd', job_id: 'j' }]);
    for (const end of waiting) end();
    await Promise.all(kept);
    assert.equal(waiting.length, 100);
  });

  it('refuses an address that another program has, and says so', async (t) => {
    const { at } = await listening(t);
    const second = createWebhookListener({
      webhooks: {
        settings: () => ({ ...NO_WEBHOOKS, endpoints: [OPEN] }),
        checkRoom: async () => {},
        receive: () => Promise.reject(new Error()),
        wait: () => Promise.reject(new Error()),
        refused: () => {},
        stop: async () => {},
      },
      clock: systemClock,
      log: createLog({ level: 'debug', write: () => {} }),
    });
    await assert.rejects(second.follow(at), { code: 'address_unavailable', message: /another program listens there/ });
    assert.equal(second.address(), null);
  });
});
