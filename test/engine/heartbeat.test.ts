import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type TestContext, test } from 'node:test';
import { createHeartbeat, HEARTBEAT_EVERY_MS } from '../../src/engine/heartbeat.ts';
import { type CallAddress, callAddress } from '../../src/platform/call-address.ts';
import { type HarnessOptions, harness, snapshotOf } from './harness.ts';

/** A server on loopback that answers as it is told, and what it was asked. */
async function listening(t: TestContext, answer: (request: IncomingMessage, response: ServerResponse) => void) {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`);
    answer(request, response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked };
}

/** A heartbeat of a gateway with that address; `called` resolves after each call. */
async function beating(t: TestContext, heartbeatUrl: string) {
  const options: HarnessOptions = { plugins: {}, service: { heartbeatUrl } };
  const h = await harness(t, options);
  let calls = 0;
  const call: CallAddress = async (url, about) => {
    const called = await callAddress(url, about);
    calls += 1;
    return called;
  };
  const heartbeat = createHeartbeat(h.parts, call);
  const until = async (count: number): Promise<void> => {
    while (calls < count) await new Promise((resolve) => setImmediate(resolve));
    await h.settle();
  };
  const codes = async () => {
    const { items } = await h.store.read.decisions({}, { limit: 9, cursor: null });
    return items.map(({ code, count, text }) => ({ code, count, text })).toReversed();
  };
  return { h, options, heartbeat, until, codes, calls: () => calls };
}

test('the address is called at once and then every minute, until the gateway stops', async (t) => {
  const { url, asked } = await listening(t, (_, response) => response.end('ok'));
  const { h, heartbeat, until, codes } = await beating(t, `${url}/ping/7?k=v`);
  heartbeat.follow();
  await until(1);
  heartbeat.follow();
  h.clock.advance(HEARTBEAT_EVERY_MS);
  await until(2);
  assert.deepEqual(asked, ['GET /ping/7?k=v', 'GET /ping/7?k=v']);
  assert.deepEqual(await codes(), []);
  await heartbeat.stop();
  assert.equal(h.clock.pending(), 0);
});

test('calls that fail are one decision with a count, and one that it works again; no text has the address', async (t) => {
  let status = 503;
  const { url } = await listening(t, (_, response) => response.writeHead(status).end('x'.repeat(100_000)));
  const { h, heartbeat, until, codes } = await beating(t, `${url}/secret`);
  heartbeat.follow();
  await until(1);
  h.clock.advance(HEARTBEAT_EVERY_MS);
  await until(2);
  status = 204;
  h.clock.advance(HEARTBEAT_EVERY_MS);
  await until(3);
  assert.deepEqual(await codes(), [
    {
      code: 'heartbeat_failed',
      count: 2,
      text: 'the heartbeat address could not be called: it answered 503; see service.heartbeat_url',
    },
    { code: 'heartbeat_restored', count: 1, text: 'the heartbeat address answers again' },
  ]);
  await heartbeat.stop();
});

test('a redirection is a failure and is not followed', async (t) => {
  const elsewhere = await listening(t, (_, response) => response.end());
  const { url } = await listening(t, (_, response) => response.writeHead(302, { location: elsewhere.url }).end());
  const { heartbeat, until, codes } = await beating(t, url);
  heartbeat.follow();
  await until(1);
  assert.deepEqual(
    (await codes()).map(({ code }) => code),
    ['heartbeat_failed'],
  );
  assert.deepEqual(elsewhere.asked, []);
  await heartbeat.stop();
});

test('nobody at the address is a failure, told by its code', async (t) => {
  const { heartbeat, until, codes } = await beating(t, 'http://127.0.0.1:1/');
  heartbeat.follow();
  await until(1);
  assert.match((await codes())[0]?.text ?? '', /could not be called: ECONNREFUSED/);
  await heartbeat.stop();
});

test('an answer that does not come is waited for no longer than the limit, and not at all by a stop', async (t) => {
  const silent = await listening(t, () => {});
  const { signal } = new AbortController();
  assert.deepEqual(await callAddress(silent.url, { timeoutMs: 20, signal }), { failure: 'no answer within 20 ms' });
  const { heartbeat, codes } = await beating(t, silent.url);
  heartbeat.follow();
  while (silent.asked.length < 2) await new Promise((resolve) => setImmediate(resolve));
  await heartbeat.stop();
  assert.deepEqual(await codes(), []);
});

test('a paused gateway does not call, and a reload may change or end the calls', async (t) => {
  const { url, asked } = await listening(t, (_, response) => response.end());
  const { h, options, heartbeat, until, calls } = await beating(t, `${url}/a`);
  const about = { text: '', jobId: null, eventId: null, instance: null, schedule: null, route: null, values: null };
  const pause = (paused: boolean) => {
    const decision = { ...about, code: 'gateway_paused', at: h.clock.now(), collapseKey: null } as const;
    return h.store.commit({ kind: 'pause', instance: null, paused, at: h.clock.now(), decision });
  };
  await pause(true);
  heartbeat.follow();
  await h.settle();
  assert.equal(calls(), 0);
  await pause(false);
  h.clock.advance(HEARTBEAT_EVERY_MS);
  await until(1);
  await h.use(snapshotOf({ ...options, service: { heartbeatUrl: `${url}/b` } }));
  heartbeat.follow();
  await until(2);
  await h.use(snapshotOf({ ...options, service: { heartbeatUrl: null } }));
  heartbeat.follow();
  assert.equal(h.clock.pending(), 0);
  assert.deepEqual(asked, ['GET /a', 'GET /b']);
  await heartbeat.stop();
});
