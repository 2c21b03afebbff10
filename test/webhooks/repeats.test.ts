import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { type GatewayProcess, type Site, site } from '../e2e/gateway-process.ts';
import { github, send, type Told } from './sender.ts';

const SECRET = 'repeat-secret-0123456789';
const COPIES = 50;
const CONFIG = `
service: { state_dir: ./state }
plugins:
  sink: { uses: exec, config: { shell: "true" } }
  fails: { uses: exec, config: { shell: "test -e good || exit 64" } }
webhooks:
  listen: 127.0.0.1:0
  endpoints:
    - { name: hub, path: /hub, verify: { scheme: github, secrets: [${SECRET}] }, to: sink, emit: "hub.\${{ headers['x-github-event'] }}" }
    - { name: bad, path: /bad, verify: { scheme: github, secrets: [${SECRET}] }, to: fails }
    - { name: by_header, path: /by-header, verify: { scheme: github, secrets: [${SECRET}] }, dedupe: "header:X-Request", to: sink }
    - { name: every, path: /every, verify: { scheme: github, secrets: [${SECRET}] }, dedupe: off, to: sink }
    - { name: seen, path: /seen, mode: observe, verify: { scheme: github, secrets: [${SECRET}] }, to: sink }
`;

async function placeOf(gateway: GatewayProcess): Promise<string> {
  return String((await gateway.line(({ msg }) => msg === 'the gateway is ready'))['webhooks']);
}

/** Sends so many copies of one delivery at once. */
function copies(at: string, body: string, id: string): Promise<readonly PromiseSettledResult<Told>[]> {
  const headers = github(SECRET, body, { id });
  return Promise.allSettled(Array.from({ length: COPIES }, () => send(at, { path: '/hub', headers, body })));
}

/** The one job and event that all of the answers name. */
function oneOf(results: readonly PromiseSettledResult<Told>[]): string {
  const told = results.map((result) => {
    assert.ok(result.status === 'fulfilled', 'every copy is answered');
    return result.value;
  });
  for (const { status, text } of told) assert.ok(status === 202 || status === 200, text);
  const names = new Set(told.map(({ json }) => `${json['delivery_id']} ${json['job_id']} ${json['event_id']}`));
  assert.equal(names.size, 1, [...names].join('\n'));
  return [...names][0] ?? '';
}

async function jobsOf(s: Site): Promise<number> {
  return (await s.json('job', 'list', '--instance', 'sink'))['jobs'].length;
}

describe('a delivery that comes again', () => {
  it('is one job however many copies come at once, also after a restart', async (t) => {
    const s = site(t, CONFIG);
    const first = await s.start();
    const results = await copies(await placeOf(first), '{"n":1}', 'first');
    const name = oneOf(results);
    const fresh = results.filter((result) => result.status === 'fulfilled' && result.value.status === 202);
    assert.equal(fresh.length, 1, 'one of them is new');
    first.kill('SIGTERM');
    await first.ended;
    const second = await s.start();
    assert.equal(oneOf(await copies(await placeOf(second), '{"n":1}', 'first')), name);
    assert.equal(await jobsOf(s), 1);
    assert.equal((await s.json('event', 'list'))['events'].length, 1);
  });

  it('is one job when the gateway was killed between the commit and the answer', async (t) => {
    const s = site(t, CONFIG);
    const first = s.launch({ killAt: 'enqueue.committed:1' });
    const lost = await copies(await placeOf(first), '{"n":1}', 'first');
    assert.equal((await first.ended).signal, 'SIGKILL');
    assert.ok(
      lost.every(({ status }) => status === 'rejected'),
      'nobody was told',
    );
    const second = await s.start();
    const results = await copies(await placeOf(second), '{"n":1}', 'first');
    oneOf(results);
    for (const result of results) assert.equal(result.status === 'fulfilled' && result.value.status, 200);
    assert.equal(await jobsOf(s), 1);
  });

  it('is known by its id or, since that is not signed, by its body under the same event', async (t) => {
    const s = site(t, CONFIG);
    const at = await placeOf(await s.start());
    const body = '{"n":1}';
    const post = (path: string, headers: Readonly<Record<string, string>>, text = body) =>
      send(at, { path, headers, body: text });
    const first = await post('/hub', github(SECRET, body, { id: 'a' }));
    assert.equal(first.status, 202);
    const captured = await post('/hub', github(SECRET, body, { id: 'b' }));
    assert.deepEqual([captured.status, captured.json], [200, first.json]);
    const other = await post('/hub', github(SECRET, '{"n":2}', { id: 'a' }), '{"n":2}');
    assert.deepEqual([other.status, other.json], [200, first.json]);
    const event = await post('/hub', github(SECRET, body, { id: 'c', event: 'ping' }));
    assert.equal(event.status, 202, 'the same body under another event');

    const signed = github(SECRET, body);
    const byHeader = async (id: string) => (await post('/by-header', { ...signed, 'x-request': id })).status;
    assert.deepEqual([await byHeader('1'), await byHeader('2'), await byHeader('1')], [202, 202, 200]);
    assert.deepEqual([(await post('/every', signed)).status, (await post('/every', signed)).status], [202, 202]);
  });

  it('does not occupy an id while it is forged', async (t) => {
    const s = site(t, CONFIG);
    const at = await placeOf(await s.start());
    const forged = { ...github('another-secret', '{}', { id: 'mine' }) };
    assert.equal((await send(at, { path: '/hub', headers: forged, body: '{}' })).status, 401);
    const right = github(SECRET, '{}', { id: 'mine' });
    assert.equal((await send(at, { path: '/hub', headers: right, body: '{}' })).status, 202);
  });

  it('gives a job that has failed another chance', async (t) => {
    const s = site(t, CONFIG);
    const at = await placeOf(await s.start());
    const headers = github(SECRET, '{}');
    const first = await send(at, { path: '/bad', headers, body: '{}' });
    const id = String(first.json['job_id']);
    const ended = async (status: string): Promise<void> => {
      while ((await s.json('job', 'show', id))['status'] !== status) await s.json('status');
    };
    await ended('failed');
    writeFileSync(join(s.stateDir, 'instances/fails/good'), '');
    const again = await send(at, { path: '/bad', headers, body: '{}' });
    assert.deepEqual([again.status, again.json], [200, { ...first.json, retried: true }]);
    await ended('succeeded');
    const once = await send(at, { path: '/bad', headers, body: '{}' });
    assert.deepEqual([once.status, once.json], [200, first.json]);
  });

  it('is only kept where it is only observed', async (t) => {
    const s = site(t, CONFIG);
    const at = await placeOf(await s.start());
    const headers = github(SECRET, '{}');
    const seen = await send(at, { path: '/seen', headers, body: '{}' });
    assert.deepEqual([seen.status, Object.keys(seen.json)], [202, ['delivery_id']]);
    assert.equal((await send(at, { path: '/seen', headers, body: '{}' })).status, 200);
    assert.equal(await jobsOf(s), 0);
  });
});
