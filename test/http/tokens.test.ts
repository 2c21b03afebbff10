import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { runCli } from '../../src/cli/run-cli.ts';
import { fakeIo } from '../cli/fake-io.ts';
import { type Site, site } from '../cli/site.ts';
import { callTcp, openTcp } from './api-client.ts';

const CONFIG = `
service: { state_dir: ./state, shutdown_grace: 0s }
api: { listen: "127.0.0.1:0" }
plugins:
  mine: { uses: exec, config: { argv: ["true"] } }
  slow: { uses: exec, config: { argv: [sleep, "600"] } }
`;

async function started(t: TestContext, config = CONFIG) {
  const s = site(t, config);
  const gateway = await s.start();
  const at = String(/"api":"([^"]+)"/.exec(gateway.io.stdout.text)?.[1]);
  const create = async (name: string, ...words: readonly string[]): Promise<string> =>
    (await s.json(0, 'token', 'create', name, ...words)).token;
  return { s, gateway, at, create };
}

function list(s: Site, ...words: readonly string[]) {
  return s.json(0, 'token', 'list', ...words).then(({ tokens }) => tokens);
}

describe('tokens', () => {
  it('are shown once, and kept as a hash only', async (t) => {
    const { s, at, create } = await started(t);
    const token = await create('ci', '--scope', 'read');
    assert.match(token, /^dct_[A-Za-z0-9_-]{43}$/);
    assert.notEqual(await create('other', '--scope', 'read'), token);
    assert.equal((await callTcp(at, { path: '/api/v1/status', token })).status, 200);
    const said = await s.say('token', 'create', 'plain', '--scope', 'submit', '--instance', 'mine', '--expires', '90d');
    assert.match(said.out, /^dct_[A-Za-z0-9_-]{43}\n$/);
    assert.match(said.err, /^plain allows submit of mine, until 20\d\d-.*Z\. It is not shown again\.\n$/);
    for (const text of [token, said.out.trim()]) {
      for (const file of ['ductile.db', 'ductile.db-wal']) {
        assert.ok(!readFileSync(join(s.dir, 'state', file)).includes(text), file);
      }
      assert.ok(!(await s.say('token', 'list', '--json')).out.includes(text));
    }
  });

  it('are made, listed and revoked without a gateway, too', async (t) => {
    const s = site(t, CONFIG);
    assert.deepEqual(await list(s), []);
    const { token } = await s.json(0, 'token', 'create', 'early', '--scope', 'read', '--scope', 'submit');
    await s.json(0, 'token', 'create', 'gone', '--scope', 'read');
    await s.json(0, 'token', 'revoke', 'gone');
    const [early] = await list(s);
    assert.deepEqual(
      [early.name, early.status, early.scopes, early.instances],
      ['early', 'live', ['read', 'submit'], null],
    );
    const gateway = await s.start();
    const at = String(/"api":"([^"]+)"/.exec(gateway.io.stdout.text)?.[1]);
    assert.equal((await callTcp(at, { path: '/api/v1/status', token })).status, 200);
  });

  it('mark the jobs of whoever shows them, and tell when they were used last and from where', async (t) => {
    const { s, at, create } = await started(t);
    const token = await create('ci', '--scope', 'submit');
    const body = { instance: 'mine', command: 'run' };
    const { body: job } = await callTcp(at, { method: 'POST', path: '/api/v1/jobs', token, body, from: '127.0.0.9' });
    assert.equal((await s.json(0, 'job', 'show', job.job_id)).submitted_by, 'api:ci');
    const [used] = await list(s);
    assert.equal(used.last_used_from, '127.0.0.9');
    await callTcp(at, { method: 'POST', path: '/api/v1/jobs', token, body, from: '127.0.0.10' });
    assert.deepEqual((await list(s))[0], used);
  });

  it('can make tokens with the scope admin, and revoke them', async (t) => {
    const { s, at, create } = await started(t);
    const token = await create('boss', '--scope', 'admin');
    const path = '/api/v1/tokens';
    const body = { name: 'made', scopes: ['submit', 'read', 'read'], instances: ['mine', 'mine'], expires_in: '1h' };
    const made = await callTcp(at, { method: 'POST', path, token, body });
    assert.equal(made.status, 201);
    const { token: text, created_at, expires_at, ...rest } = made.body;
    assert.deepEqual(rest, {
      name: 'made',
      status: 'live',
      scopes: ['read', 'submit'],
      instances: ['mine'],
      created_by: 'api:boss',
      revoked_at: null,
      revoked_by: null,
      last_used_at: null,
      last_used_from: null,
    });
    assert.equal(Date.parse(expires_at) - Date.parse(created_at), 3_600_000);
    const again = await callTcp(at, { method: 'POST', path, token, body });
    assert.deepEqual([again.status, again.body['code']], [409, 'token_exists']);
    assert.equal((await callTcp(at, { path: '/api/v1/jobs', token: text })).status, 200);
    const revoked = await callTcp(at, { method: 'DELETE', path: `${path}/made`, token });
    assert.deepEqual(
      [revoked.status, revoked.body['status'], revoked.body['revoked_by']],
      [200, 'revoked', 'api:boss'],
    );
    assert.equal((await callTcp(at, { path: '/api/v1/jobs', token: text })).status, 401);
    assert.deepEqual(
      (await list(s, '--all')).map(({ name, status }: { name: string; status: string }) => [name, status]),
      [
        ['made', 'revoked'],
        ['boss', 'live'],
      ],
    );
  });

  it('have their Idempotency-Keys to themselves, also from one that bore the same name', async (t) => {
    const { s, at, create } = await started(t);
    const submit = async (token: string): Promise<string> => {
      const body = { instance: 'mine', command: 'run' };
      const headers = [['Idempotency-Key', 'one']] as const;
      return (await callTcp(at, { method: 'POST', path: '/api/v1/jobs', token, body, headers })).body['job_id'];
    };
    const first = await create('ci', '--scope', 'submit');
    const job = await submit(first);
    assert.equal(await submit(first), job);
    const other = await submit(await create('other', '--scope', 'submit'));
    await s.json(0, 'token', 'revoke', 'ci');
    const second = await submit(await create('ci', '--scope', 'submit'));
    assert.equal(new Set([job, other, second]).size, 3);
  });

  it('end at once when they are revoked: streams are closed, waits are answered', async (t) => {
    const { s, at, create } = await started(t);
    const token = await create('ci', '--scope', 'operate');
    const kept = await create('kept', '--scope', 'read');
    const stream = await openTcp(at, { path: '/api/v1/stream', token });
    const other = await openTcp(at, { path: '/api/v1/stream', token: kept });
    let isOpen = true;
    other.on('close', () => {
      isOpen = false;
    });
    other.resume();
    const { body: job } = await callTcp(at, {
      method: 'POST',
      path: '/api/v1/jobs',
      token,
      body: { instance: 'slow', command: 'run' },
    });
    const waiting = callTcp(at, { path: `/api/v1/jobs/${job.job_id}?wait=1h`, token });
    const closed = once(stream, 'close');
    stream.resume();
    await s.json(0, 'token', 'revoke', 'ci');
    await closed;
    // Whether it was waiting already, or had not been looked at: it is not kept waiting.
    assert.ok([200, 202, 401].includes((await waiting).status));
    assert.equal((await callTcp(at, { path: '/api/v1/status', token })).status, 401);
    assert.equal(isOpen, true);
    other.destroy();
  });

  it('end at once when they expire: streams are closed', async (t) => {
    const { at, create } = await started(t);
    const token = await create('brief', '--scope', 'read', '--expires', '2s');
    const stream = await openTcp(at, { path: '/api/v1/stream', token });
    assert.equal(stream.statusCode, 200);
    stream.resume();
    await once(stream, 'close');
    assert.equal((await callTcp(at, { path: '/api/v1/status', token })).status, 401);
  });

  const REFUSED: readonly (readonly [words: readonly string[], code: number, error: string, hint: RegExp])[] = [
    [['create', 'ci'], 2, 'usage', /token create --help/],
    [['create', 'ci', '--scope', 'raed'], 2, 'usage', /did you mean "read"/],
    [['create', 'ci', '--scope', 'root'], 2, 'usage', /read looks, submit adds/],
    [['create', 'CI', '--scope', 'read'], 2, 'usage', /./],
    [['create', 'ci', '--scope', 'read', '--expires', 'soon'], 2, 'usage', /./],
    [['create', 'ci', '--scope', 'read', '--expires', '0s'], 2, 'usage', /./],
    [['create', 'ci', '--scope', 'read', '--instance', 'mime'], 2, 'unknown_instance', /did you mean "mine"/],
    [['create', 'taken', '--scope', 'read'], 1, 'token_exists', /ductile token revoke taken/],
    [['revoke', 'takn'], 1, 'not_found', /did you mean "taken"/],
    [['revoke', 'zz'], 1, 'not_found', /ductile token list/],
  ];
  it('refuse what makes no sense, with what to do', async (t) => {
    const s = site(t, CONFIG);
    await s.json(0, 'token', 'create', 'taken', '--scope', 'read');
    for (const [words, code, error, hint] of REFUSED) {
      const said = await s.error(code, 'token', ...words);
      assert.equal(said.code, error, words.join(' '));
      assert.match(said.hint, hint);
    }
    assert.equal((await list(s, '--all')).length, 1);
  });

  it('are listed as a table', async (t) => {
    const s = site(t, CONFIG);
    assert.equal((await s.say('token', 'list')).out, 'no tokens\n');
    await s.json(0, 'token', 'create', 'ci', '--scope', 'read', '--instance', 'mine', '--expires', '2d');
    await s.json(0, 'token', 'create', 'all', '--scope', 'admin');
    const { out } = await s.say('token', 'list');
    assert.match(out, /^TOKEN +SCOPES +INSTANCES +STATUS +EXPIRES +LAST USED +CREATED\n/);
    assert.match(out, /\nall +admin +all +live +never +– +/);
    assert.match(out, /\nci +read +mine +live +in 1 d +– +/);
    const { out: revoked } = await s.say('token', 'revoke', 'ci');
    assert.equal(revoked, 'ci is revoked; it was never used\n');
    assert.match((await s.say('token', 'list', '--all', '--limit', '1')).out, /\nall .*\n.*--cursor/s);
  });
});

describe("the API's address", () => {
  it('is told by the banner and by status', async (t) => {
    const s = site(t, CONFIG);
    const { io, stop } = await s.start({ terminal: { columns: 120 } });
    const at = /API at (http:\/\/127\.0\.0\.1:\d+), with a token/.exec(io.stdout.text)?.[1];
    assert.ok(at !== undefined, io.stdout.text);
    assert.ok((await s.say('status')).out.includes(`api    ${at}\n`));
    assert.equal(`http://${(await s.json(0, 'status')).api_at}`, at);
    await stop();
    assert.equal((await s.json(0, 'status')).api_at, null);
  });

  it('keeps a gateway from starting when it was chosen and is taken, and does not when nobody chose it', async (t) => {
    const taken = createServer();
    // Should another program hold the default port, that is as good.
    await new Promise((resolve) => taken.once('error', resolve).listen(8_080, '127.0.0.1', () => resolve(null)));
    t.after(() => taken.close());
    const s = site(t, CONFIG.replace('"127.0.0.1:0"', '"127.0.0.1:8080"'));
    const { code, message, hint } = await startError(s);
    assert.deepEqual(
      [code, message],
      ['address_unavailable', 'the API cannot listen at 127.0.0.1:8080: another program listens there'],
    );
    assert.match(hint, /api\.listen/);
    writeFileSync(join(s.dir, 'ductile.yaml'), CONFIG.replace('{ listen: "127.0.0.1:0" }', '{}'));
    const gateway = await s.start();
    assert.match(gateway.io.stdout.text, /"code":"address_unavailable".*"msg":"the API is reached by its socket only"/);
    assert.equal((await s.json(0, 'status')).api_at, null);
  });

  it('is not open to the network as long as there is no token', async (t) => {
    const s = site(t, CONFIG.replace('127.0.0.1', '0.0.0.0'));
    const { code, hint } = await startError(s);
    assert.equal(code, 'token_missing');
    assert.match(hint, /ductile token create/);
    await s.json(0, 'token', 'create', 'brief', '--scope', 'read', '--expires', '1ms');
    assert.equal((await startError(s)).code, 'token_missing');
    const { token } = await s.json(0, 'token', 'create', 'ci', '--scope', 'read');
    const gateway = await s.start();
    const at = String(/"api":"([^"]+)"/.exec(gateway.io.stdout.text)?.[1]).replace('0.0.0.0', '127.0.0.1');
    assert.equal((await callTcp(at, { path: '/api/v1/status', token })).status, 200);
    assert.equal((await callTcp(at, { path: '/api/v1/status', token, headers: [['Host', '0.0.0.0']] })).status, 421);
  });

  it('has names and open reading that a reload changes, which ends what they allowed', async (t) => {
    const { s, at } = await started(t, CONFIG.replace('listen:', 'open_reading: true, listen:'));
    const file = join(s.dir, 'ductile.yaml');
    const change = async (to: string) => {
      writeFileSync(file, CONFIG.replace('listen:', `${to}listen:`));
      return s.json(0, 'reload');
    };
    const stream = await openTcp(at, { path: '/api/v1/stream' });
    const closed = once(stream, 'close');
    stream.resume();
    const status = async (host: string) =>
      (await callTcp(at, { path: '/api/v1/status', headers: [['Host', host]] })).status;
    assert.deepEqual([await status('localhost'), await status('gate.lan')], [200, 421]);
    assert.deepEqual((await change('open_reading: true, hosts: [gate.lan], ')).settings, ['api.hosts']);
    assert.deepEqual([await status('localhost'), await status('gate.lan')], [200, 200]);
    assert.deepEqual((await change('')).settings, ['api.hosts', 'api.open_reading']);
    await closed;
    assert.deepEqual([await status('localhost'), await status('gate.lan')], [401, 421]);
    writeFileSync(file, CONFIG.replace('"127.0.0.1:0"', 'none'));
    assert.match((await s.error(78, 'reload')).message, /api\.listen/);
  });
});

/** What a gateway says that does not start. */
async function startError(s: Site) {
  const io = fakeIo({ cwd: s.dir });
  assert.notEqual(await runCli(['start', '--json'], io), 0);
  return JSON.parse(io.stderr.text).error;
}
