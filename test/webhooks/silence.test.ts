import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { it } from 'node:test';
import { site } from '../e2e/gateway-process.ts';
import { exchange, github, send } from './sender.ts';

/** Each stands in one place that nobody may find in a log or an error. */
const CANARY = {
  secret: 'canary-secret-5f3a9b',
  token: 'canary-token-77c1d2',
  password: 'canary-password-0b4e8',
  challenge: 'canary-challenge-9d21a',
  signature: 'ca4a27516a',
  body: 'canary-body-31d7f0',
  query: 'canary-query-e8812c',
  header: 'canary-header-4410ab',
};

const TARGET = 'to: sink';
const CONFIG = `
service: { state_dir: ./state, log_level: debug }
plugins: { sink: { uses: exec, config: { shell: "true" } }, strict: }
webhooks:
  listen: 127.0.0.1:0
  endpoints:
    - { name: hub, path: /hub, verify: { scheme: github, secrets: [${CANARY.secret}] }, ${TARGET}, headers: [X-Kept], query: [kept] }
    - { name: token, path: /token, verify: { scheme: bearer, secrets: [${CANARY.token}] }, ${TARGET} }
    - { name: basic, path: /basic, verify: { scheme: basic, username: me, secrets: [${CANARY.password}] }, ${TARGET} }
    - { name: typed, path: /typed, verify: { scheme: github, secrets: [${CANARY.secret}] }, emit: "\${{ body.type }}" }
    - { name: strict, path: /strict, verify: { scheme: github, secrets: [${CANARY.secret}] }, to: { instance: strict, command: poll } }
    - { name: meta, path: /meta, verify: { scheme: github, secrets: [${CANARY.secret}] }, ${TARGET}, challenge: { kind: meta, token: ${CANARY.challenge} } }
`;
const FILES = {
  'plugins/strict/manifest.yaml':
    'name: strict\nprotocol: 1\nentrypoint: run.sh\ncommands: { poll: { input_schema: { type: object, properties: { a: { type: number } } } } }\n',
  'plugins/strict/run.sh': '#!/bin/sh\n',
};

it('no secret, signature or body of a delivery stands in a log line or in what a sender is told', async (t) => {
  const s = site(t, CONFIG, FILES);
  const gateway = await s.start();
  const at = String((await gateway.line(({ msg }) => msg === 'the gateway is ready'))['webhooks']);
  const body = JSON.stringify({ type: CANARY.body, a: CANARY.body });
  const right: Readonly<Record<string, string>> = { ...github(CANARY.secret, body), 'x-kept': CANARY.header };
  const path = `?kept=${CANARY.query}`;
  const told = [
    await send(at, { path: `/hub${path}`, headers: right, body }),
    await send(at, { path: `/hub${path}`, headers: right, body }),
    await send(at, {
      path: `/hub${path}`,
      headers: { ...right, 'x-hub-signature-256': `sha256=${CANARY.signature}` },
      body,
    }),
    await send(at, { path: `/hub${path}`, headers: github(CANARY.secret, CANARY.body), body: CANARY.body }),
    await send(at, { path: `/nowhere${path}`, headers: right, body }),
    await send(at, { path: '/token', headers: { authorization: `Bearer ${CANARY.token}` }, body }),
    await send(at, { path: '/token', headers: { authorization: `Bearer ${CANARY.token}x` }, body }),
    await send(at, { path: '/basic', headers: { authorization: `Basic ${btoa(`me:${CANARY.password}`)}` }, body }),
    await send(at, { path: '/basic', headers: { authorization: `Basic ${btoa(`me:${CANARY.password}x`)}` }, body }),
    await send(at, {
      path: '/typed',
      headers: github(CANARY.secret, '{"type":"Canary-Body-31d7f0"}'),
      body: '{"type":"Canary-Body-31d7f0"}',
    }),
    await send(at, { path: '/strict', headers: github(CANARY.secret, body), body }),
    await send(at, {
      method: 'GET',
      path: `/meta?hub.mode=subscribe&hub.verify_token=${CANARY.challenge}x&hub.challenge=1`,
    }),
  ];
  assert.deepEqual(
    told.map(({ status }) => status),
    [202, 200, 401, 400, 404, 202, 401, 202, 401, 400, 400, 401],
  );
  const broken = await exchange(at, `POST /hub HTTP/1.1\r\nX-Bad\u0000: ${CANARY.header}\r\n\r\n${CANARY.body}`);
  const refused = gateway.line(
    ({ msg, webhook }) => msg === 'requests to a webhook were refused' && webhook === 'meta',
  );
  await refused;
  gateway.kill('SIGTERM');
  await gateway.ended;
  const heard = [
    ...gateway.lines.map((line) => JSON.stringify(line)),
    ...told.map(({ text, headers }) => text + JSON.stringify(headers)),
    broken,
  ];
  for (const [place, canary] of Object.entries(CANARY)) {
    const escaped = heard.filter((text) => text.toLowerCase().includes(canary.toLowerCase()));
    assert.deepEqual(escaped, [], place);
  }
  const signature = (right['x-hub-signature-256'] ?? '').slice('sha256='.length);
  assert.notEqual(signature, '');
  assert.deepEqual(
    heard.filter((text) => text.includes(signature)),
    [],
  );
  // The bytes of the delivery are kept, for the plugin; its secrets and signatures are not.
  const kept = readdirSync(s.stateDir, { withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ name }) => readFileSync(join(s.stateDir, name)));
  assert.ok(
    kept.some((bytes) => bytes.includes(CANARY.body)),
    'the body is kept',
  );
  for (const secret of [CANARY.secret, CANARY.token, CANARY.password, CANARY.challenge, signature]) {
    assert.ok(!kept.some((bytes) => bytes.includes(secret)), 'no secret is');
  }
});
