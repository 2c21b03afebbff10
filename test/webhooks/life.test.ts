import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync, writeFileSync } from 'node:fs';
import { Agent } from 'node:http';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { type GatewayProcess, site } from '../e2e/gateway-process.ts';
import { github, send } from './sender.ts';

const SECRET = 'life-secret-0123456789';
const ENDPOINT = (name: string, rest = '') =>
  `    - { name: ${name}, path: /${name}, verify: { scheme: github, secrets: [${SECRET}] }, to: waits${rest} }\n`;

function config(endpoints: string, { service = '', listen = '127.0.0.1:0' } = {}): string {
  return `service: { state_dir: ./state${service} }
api: { listen: none }
plugins: { waits: { uses: exec, config: { shell: "touch begun; while [ ! -e go ]; do sleep 0.05; done" } } }
webhooks:
  listen: "${listen}"
  endpoints:${endpoints === '' ? ' []' : `\n${endpoints}`}
`;
}

async function placeOf(gateway: GatewayProcess): Promise<string> {
  return String((await gateway.line(({ msg }) => msg === 'the gateway is ready'))['webhooks']);
}

describe('the listener for webhooks of a gateway', () => {
  it('follows reloads without closing what is open', async (t) => {
    const s = site(t, config(ENDPOINT('one')));
    const gateway = await s.start();
    const at = await placeOf(gateway);
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    t.after(() => agent.destroy());
    const post = async (path: string, secret = SECRET) =>
      (await send(at, { path, headers: github(secret, '{}'), body: '{}', agent })).status;
    assert.deepEqual([await post('/one'), await post('/two')], [202, 404]);

    writeFileSync(s.config, config(ENDPOINT('one').replace(SECRET, 'rotated-0123456789') + ENDPOINT('two')));
    const added = await s.json('reload');
    assert.deepEqual(added['webhooks'], { added: ['two'], changed: ['one'], removed: [] });
    assert.deepEqual(
      [await post('/one'), await post('/one', 'rotated-0123456789'), await post('/two')],
      [401, 200, 202],
    );

    writeFileSync(s.config, config(''));
    assert.deepEqual((await s.json('reload'))['webhooks'], { added: [], changed: [], removed: ['one', 'two'] });
    agent.destroy();
    await assert.rejects(send(at, { path: '/one' }), { code: 'ECONNREFUSED' });
  });

  it('says in the answer to a reload that its address is taken, and has it once it is free', async (t) => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    t.after(() => other.close());
    const address = other.address();
    const listen = `127.0.0.1:${typeof address === 'object' && address !== null ? address.port : assert.fail()}`;
    const s = site(t, config('', { listen }));
    await s.start();
    writeFileSync(s.config, config(ENDPOINT('one'), { listen }));
    const [warning, ...more] = (await s.json('reload'))['warnings'];
    assert.deepEqual([warning['code'], more], ['address_unavailable', []]);
    assert.match(warning['message'], /another program listens there/);
    other.close();
    await once(other, 'close');
    assert.deepEqual((await s.json('reload'))['warnings'], []);
    assert.equal((await send(listen, { path: '/one', headers: github(SECRET, '{}'), body: '{}' })).status, 202);
  });

  it('says 503 and when to come again while the gateway drains, and nothing once it has ended', async (t) => {
    const s = site(t, config(ENDPOINT('one')));
    const gateway = await s.start();
    const at = await placeOf(gateway);
    const { json } = await send(at, { path: '/one', headers: github(SECRET, '{}'), body: '{}' });
    const begun = join(s.stateDir, 'instances/waits/begun');
    while (!existsSync(begun)) await s.json('job', 'show', String(json['job_id']));
    gateway.kill('SIGTERM');
    await gateway.line(({ msg }) => msg.startsWith('stopping'));
    const body = '{"n":2}';
    const told = await send(at, { path: '/one', headers: github(SECRET, body), body });
    assert.deepEqual([told.status, told.json['code']], [503, 'unavailable']);
    assert.match(String(told.headers['retry-after']), /^\d+$/);
    writeFileSync(join(s.stateDir, 'instances/waits/go'), '');
    assert.deepEqual(await gateway.ended, { code: 0, signal: null });
    await assert.rejects(send(at, { path: '/one' }), { code: 'ECONNREFUSED' });
    assert.equal((await s.json('job', 'list'))['jobs'].length, 1);
  });

  it('says 503 while the queue is full', async (t) => {
    const s = site(t, config(ENDPOINT('one'), { service: ', max_queued: 2' }));
    const at = await placeOf(await s.start());
    await s.ductile('pause');
    const statuses: number[] = [];
    for (let n = 0; n < 4; n += 1) {
      const body = String(n);
      statuses.push((await send(at, { path: '/one', headers: github(SECRET, body), body })).status);
    }
    assert.deepEqual(statuses, [202, 202, 503, 503]);
    await s.ductile('resume');
    writeFileSync(join(s.stateDir, 'instances/waits/go'), '');
  });

  it('does not listen without endpoints, and does not start where another program listens', async (t) => {
    const s = site(t, config(''));
    const idle = await s.start();
    assert.equal((await idle.line(({ msg }) => msg === 'the gateway is ready'))['webhooks'], undefined);
    idle.kill('SIGTERM');
    await idle.ended;
    const other = createServer().listen(0, '127.0.0.1');
    t.after(() => other.close());
    await once(other, 'listening');
    const address = other.address();
    assert.ok(typeof address === 'object' && address !== null);
    writeFileSync(s.config, config(ENDPOINT('one'), { listen: `127.0.0.1:${address.port}` }));
    const { code, stderr } = await s.ductile('start');
    assert.equal(code, 1, stderr);
    assert.match(stderr, new RegExp(`webhooks cannot listen at 127\\.0\\.0\\.1:${address.port}`));
  });
});
