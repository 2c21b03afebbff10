import assert from 'node:assert/strict';
import { createHmac, generateKeyPairSync, sign } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { site } from '../e2e/gateway-process.ts';
import { github, send } from './sender.ts';

const SECRET = 'answer-secret-0123456789';
const DISCORD = generateKeyPairSync('ed25519');
const DISCORD_KEY = DISCORD.publicKey.export({ format: 'der', type: 'spki' }).subarray(-32).toString('hex');
const GITHUB = `verify: { scheme: github, secrets: [${SECRET}] }`;

const CONFIG = `
service: { state_dir: ./state }
plugins:
  echo: { uses: exec, config: { shell: "cat > got; cat got", stdin: payload } }
  fails: { uses: exec, config: { shell: "echo the inner reason >&2; exit 64" } }
  waits: { uses: exec, config: { shell: "while [ ! -e go ]; do sleep 0.05; done" } }
  strict:
routes:
  - { name: all, event_type: "hub.*", to: echo }
webhooks:
  listen: 127.0.0.1:0
  endpoints:
    - { name: slack, path: /slack, verify: { scheme: slack, secrets: [${SECRET}] }, to: echo }
    - { name: discord, path: /discord, verify: { scheme: discord, secrets: ["${DISCORD_KEY}"] }, to: echo }
    - { name: meta, path: /meta, ${GITHUB}, to: echo, challenge: { kind: meta, token: meta-token-0123456789 } }
    - { name: graph, path: /graph, ${GITHUB}, to: echo, challenge: { kind: microsoft } }
    - { name: typed, path: /typed, ${GITHUB}, to: echo, emit: "hub.\${{ headers['x-github-event'] }}.\${{ body.action }}" }
    - { name: form, path: /form, ${GITHUB}, to: echo, body: form }
    - { name: raw, path: /raw, ${GITHUB}, to: echo, body: raw, query: [kept] }
    - { name: strict, path: /strict, ${GITHUB}, to: { instance: strict, command: poll } }
    - { name: answers, path: /answers, ${GITHUB}, to: echo, respond: { wait: 1m } }
    - { name: refuses, path: /refuses, ${GITHUB}, to: fails, respond: { wait: 1m } }
    - { name: slow, path: /slow, ${GITHUB}, to: waits, respond: { wait: 100ms } }
`;
const FILES = {
  'plugins/strict/manifest.yaml':
    'name: strict\nprotocol: 1\nentrypoint: run.sh\ncommands: { poll: { input_schema: { type: object, required: [name] } } }\n',
  'plugins/strict/run.sh': '#!/bin/sh\n',
};

async function listening(t: TestContext) {
  const s = site(t, CONFIG, FILES);
  const gateway = await s.start();
  const at = String((await gateway.line(({ msg }) => msg === 'the gateway is ready'))['webhooks']);
  const deliver = (path: string, body: string, headers: Readonly<Record<string, string>> = {}) =>
    send(at, { path, headers: { ...github(SECRET, body), ...headers }, body });
  return { s, at, deliver };
}

function slackHeaders(body: string): Readonly<Record<string, string>> {
  const timestamp = String(Math.floor(Date.now() / 1_000));
  const digest = createHmac('sha256', SECRET).update(`v0:${timestamp}:${body}`).digest('hex');
  return { 'x-slack-request-timestamp': timestamp, 'x-slack-signature': `v0=${digest}` };
}

function discordHeaders(body: string): Readonly<Record<string, string>> {
  const timestamp = String(Math.floor(Date.now() / 1_000));
  const signature = sign(null, Buffer.from(timestamp + body), DISCORD.privateKey).toString('hex');
  return { 'x-signature-timestamp': timestamp, 'x-signature-ed25519': signature };
}

describe('what a sender is answered', () => {
  it('is what it asks for when it only tries whether somebody is there, once it is verified', async (t) => {
    const { s, at } = await listening(t);
    const challenge = '{"type":"url_verification","challenge":"abc123"}';
    const slack = await send(at, { path: '/slack', headers: slackHeaders(challenge), body: challenge });
    assert.deepEqual([slack.status, slack.text], [200, 'abc123']);
    assert.match(String(slack.headers['content-type']), /^text\/plain/);
    assert.equal(slack.headers['x-content-type-options'], 'nosniff');
    assert.equal((await send(at, { path: '/slack', body: challenge })).status, 401);
    const ping = '{"type":1}';
    const discord = await send(at, { path: '/discord', headers: discordHeaders(ping), body: ping });
    assert.deepEqual([discord.status, discord.text], [200, '{"type":1}']);
    const before = '{"version":1,"application_id":"1","type":0}';
    const nothing = await send(at, { path: '/discord', headers: discordHeaders(before), body: before });
    assert.deepEqual([nothing.status, nothing.text], [204, '']);
    assert.equal((await send(at, { path: '/discord', body: ping })).status, 401);

    const asked = (token: string, text = '1158201444') =>
      send(at, { method: 'GET', path: `/meta?hub.mode=subscribe&hub.verify_token=${token}&hub.challenge=${text}` });
    const meta = await asked('meta-token-0123456789');
    assert.deepEqual([meta.status, meta.text], [200, '1158201444']);
    assert.equal((await asked('wrong')).status, 401);
    assert.equal((await asked('meta-token-0123456789', 'a'.repeat(2_000))).status, 401);
    for (const method of ['GET', 'POST']) {
      const graph = await send(at, { method, path: '/graph?validationToken=Validation%3A+a%3Cb%3E' });
      assert.deepEqual([graph.status, graph.text], [200, 'Validation: a<b>']);
      assert.equal(graph.headers['content-type'], 'text/plain; charset=utf-8');
    }
    assert.equal((await s.json('job', 'list'))['jobs'].length, 0);
  });

  it('names the job and the event that its delivery became, of which plugins see what it holds', async (t) => {
    const { s, deliver } = await listening(t);
    const body = '{"action":"opened","n":1}';
    const told = await deliver('/typed', body);
    assert.deepEqual([told.status, Object.keys(told.json)], [202, ['delivery_id', 'job_id', 'event_id']]);
    const job = await s.json('job', 'show', String(told.json['job_id']));
    assert.deepEqual([job['submitted_by'], job['payload']], ['webhook:typed', JSON.parse(body)]);
    const event = await s.json('event', 'show', String(told.json['event_id']));
    assert.deepEqual([event['type'], event['source'], event['jobs'].length], ['hub.push.opened', 'webhook:typed', 1]);

    const form = await deliver('/form', 'a=1&b=x+y&a=2', { 'content-type': 'application/x-www-form-urlencoded' });
    const ofForm = await s.json('job', 'show', String(form.json['job_id']));
    assert.deepEqual(ofForm['payload'], { a: ['1', '2'], b: 'x y' });
    const raw = await deliver('/raw?kept=1&dropped=2', '\u00ff not JSON', { 'content-type': 'whatever/it-is' });
    assert.equal(raw.status, 202);
    assert.deepEqual((await s.json('job', 'show', String(raw.json['job_id'])))['payload'], {});
  });

  it('is 400 when it is who it says but delivers what cannot be taken', async (t) => {
    const { s, deliver } = await listening(t);
    for (const [path, body, code] of [
      ['/typed', '{"action":', 'invalid_body'],
      ['/typed', `${'['.repeat(100)}${']'.repeat(100)}`, 'invalid_body'],
      ['/typed', '{"action":"Not A Type"}', 'invalid_payload'],
      ['/typed', '{"n":1}', 'invalid_payload'],
      ['/strict', '{"nobody":1}', 'invalid_payload'],
    ] as const) {
      const { status, json } = await deliver(path, body);
      assert.deepEqual([status, json['code']], [400, code], `${path} ${body}`);
    }
    assert.equal((await deliver('/strict', '{"name":"x"}')).status, 202);
    assert.equal((await s.json('job', 'list'))['jobs'].length, 1);
  });

  it('is the result of the job where that is asked for, or its id when that takes too long', async (t) => {
    const { s, deliver } = await listening(t);
    const answered = await deliver('/answers', '{"n":7}');
    assert.equal(answered.status, 200);
    assert.match(answered.text, /7/);
    const refused = await deliver('/refuses', '{}');
    assert.equal(refused.status, 502);
    assert.deepEqual(Object.keys(refused.json), ['job_id', 'status', 'error']);
    assert.doesNotMatch(refused.text, /inner/);
    const slow = await deliver('/slow', '{}');
    assert.deepEqual([slow.status, Object.keys(slow.json)], [202, ['delivery_id', 'job_id']]);
    writeFileSync(join(s.stateDir, 'instances/waits/go'), '');
    assert.equal(readFileSync(join(s.stateDir, 'instances/echo/got'), 'utf8'), '{"n":7}\n');
  });
});
