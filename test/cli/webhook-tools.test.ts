import assert from 'node:assert/strict';
import { execFile, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, it, type TestContext } from 'node:test';
import { promisify } from 'node:util';
import { SECTIONS, verification } from '../webhooks/samples.ts';
import { type Site, site } from './site.ts';

const SECRET = 'an-example-of-a-secret';
const NOW = '2026-11-23T12:00:00Z';

/** A configuration with one endpoint for each scheme, all of them observed. */
function config(port = 8081): string {
  const endpoints = Object.entries(SECTIONS).map(([name, verify]) => {
    return { name, path: `/hook/${name}`, verify, to: 'list', mode: 'observe', headers: [] };
  });
  const webhooks = {
    listen: `127.0.0.1:${port}`,
    public_url: 'https://hooks.example.org',
    endpoints: [...endpoints, { name: 'real', path: '/hook/real', verify: SECTIONS['github'], to: 'list' }],
  };
  return JSON.stringify({
    service: { name: 'testing', state_dir: './state' },
    plugins: { list: { uses: 'exec', config: { shell: 'cat' } } },
    webhooks,
  });
}

describe('ductile webhook sign', () => {
  for (const [name, section] of Object.entries(SECTIONS)) {
    if (name === 'discord' || name === 'standard-public') continue;
    it(`signs a small body that ${name} accepts`, async (t) => {
      const answer = await site(t, config()).json(0, 'webhook', 'sign', name, '--reveal', '--at', NOW);
      const request = {
        method: 'POST',
        url: `https://hooks.example.org/hook/${name}`,
        headers: answer['headers'],
        body: Buffer.from(answer['body_base64'], 'base64'),
      };
      assert.equal(verification(section).verify(request, Date.parse(NOW)).ok, true);
      assert.equal(answer['url'], request.url);
    });
  }

  for (const name of ['discord', 'standard-public']) {
    it(`says that nobody here can sign for ${name}`, async (t) => {
      const error = await site(t, config()).error(2, 'webhook', 'sign', name);
      assert.match(error['message'], name === 'discord' ? /^only Discord can sign/ : /^only its sender can sign/);
    });
  }

  for (const name of ['bearer', 'basic', 'telegram', 'gitlab']) {
    it(`masks the header of ${name}, which is the secret itself`, async (t) => {
      const s = site(t, config());
      for (const more of [[], ['--curl'], ['--json']]) {
        const said = await s.say('webhook', 'sign', name, ...more);
        const all = said.out + said.err;
        assert.equal(said.code, 0);
        assert.match(said.out, /\*\*\*/);
        assert.match(said.err, /is the secret itself and is masked here; --reveal shows it/);
        for (const shape of [SECRET, btoa(`gateway:${SECRET}`)]) assert.ok(!all.includes(shape), all);
      }
      const revealed = await s.say('webhook', 'sign', name, '--reveal');
      assert.ok(
        [SECRET, btoa(`gateway:${SECRET}`)].some((shape) => revealed.out.includes(shape)),
        revealed.out,
      );
    });
  }

  it('never shows a secret that signs', async (t) => {
    const s = site(t, config());
    for (const name of ['github', 'standard', 'hmac-timed']) {
      for (const more of [[], ['--curl'], ['--reveal'], ['--json']]) {
        const { out, err } = await s.say('webhook', 'sign', name, ...more);
        assert.doesNotMatch(out + err, /an-example-of-a-secret|MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw/);
      }
    }
  });

  it('prints headers a line each, and the body only when it made that up', async (t) => {
    const s = site(t, config());
    const given = await s.say(
      'webhook',
      'sign',
      'github',
      '-d',
      '{"a":1}',
      '--id',
      'd-1',
      '-H',
      'X-GitHub-Event: push',
    );
    const lines = [
      'content-type: application/json',
      'x-github-event: push',
      'x-github-delivery: d-1',
      'x-hub-signature-256: sha256=30adc9e4f8dbcd46b1bba9ebc2d80cbbba67d07b6c0fb6bfa8eb7cbef5bd1c7b',
    ];
    assert.deepEqual(
      given.out
        .trimEnd()
        .split('\n')
        .map((line) => line.replace(/[0-9a-f]{64}/, '')),
      lines.map((line) => line.replace(/[0-9a-f]{64}/, '')),
    );
    const made = await s.say('webhook', 'sign', 'github', '--id', 'd-1');
    assert.match(made.out, /\n\n\{"test":"ductile","delivery":"d-1"\}\n$/);
  });

  it('takes the exact bytes of a file or standard input', async (t) => {
    const body = '{"a": "ü"}\n\n';
    const s = site(t, config(), { 'body.json': body });
    const sign = async (options: { stdin?: string }, data: string) => {
      const said = await s.sayWith(options, 'webhook', 'sign', 'github', '-d', data, '--json');
      return JSON.parse(said.out).headers['x-hub-signature-256'];
    };
    const expected = verification(SECTIONS['github'] ?? {}).sign(
      { method: 'POST', url: '', id: '1', body: Buffer.from(body) },
      0,
    );
    assert.equal(await sign({}, '@body.json'), expected?.['x-hub-signature-256']);
    assert.equal(await sign({ stdin: body }, '-'), expected?.['x-hub-signature-256']);
  });

  it('says when the endpoint would refuse what it signed', async (t) => {
    const s = site(t, config());
    for (const at of ['10m', '-10m', '+10m', '2020-01-01T00:00:00Z']) {
      const said = await s.say('webhook', 'sign', 'stripe', '--at', at);
      assert.match(said.err, /would refuse this now \(timestamp_stale\)/, at);
    }
    assert.equal((await s.say('webhook', 'sign', 'stripe', '--at', '1m')).err, '');
    const said = await s.say('webhook', 'sign', 'linear', '-d', '{}');
    assert.match(said.err, /would refuse this now \(timestamp_missing\)/);
  });

  it('suggests the name of a webhook that is near', async (t) => {
    const error = await site(t, config()).error(1, 'webhook', 'sign', 'githup');
    assert.deepEqual([error['code'], error['hint']], ['not_found', 'did you mean "github"?']);
  });

  for (const [words, message] of [
    [['github', '-d', '@missing'], 'the body cannot be read: ENOENT'],
    [['github', '-H', 'no header'], '--header "no header" is not a header'],
    [['github', '-H', 'X-A: one\r\nX-B: two'], '--header'],
    [['github', '--at', 'soon'], '--at "soon" is neither an instant nor a duration'],
    [['github', '--id', 'two words'], '--id is not 1 to 200 visible ASCII characters'],
    [['github', '--url', 'ftp://example.org'], '--url "ftp://example.org" is not an http or https address'],
    [['github', '--curl', '-d', 'a\rb'], 'the body holds bytes that cannot stand in a line for a shell'],
  ] as const) {
    it(`refuses ${JSON.stringify(words)}`, async (t) => {
      const error = await site(t, config()).error(2, 'webhook', 'sign', ...words);
      assert.ok(error['message'].startsWith(message), error['message']);
    });
  }
});

/** What a listener forgets to look at. */
type Fault =
  | 'hangs_up'
  | 'body'
  | 'signature'
  | 'time'
  | 'method'
  | 'encoding'
  | 'type'
  | 'length'
  | 'twice'
  | 'repeat'
  | 'json';

/** A listener that does what the pages say, but for one fault. */
async function listen(
  t: TestContext,
  { name, fault = null }: { readonly name: string; readonly fault?: Fault | null },
): Promise<number> {
  const judge = verification(SECTIONS[name] ?? {});
  const seen = new Set<string>();

  function statusOf({ method, headers, rawHeaders }: IncomingMessage, body: Buffer): number {
    if (method !== 'POST' && fault !== 'method') return 405;
    if (headers['content-encoding'] !== undefined && fault !== 'encoding') return 415;
    const type = name === 'twilio' ? 'application/x-www-form-urlencoded' : 'application/json';
    if (headers['content-type'] !== type && fault !== 'type') return 415;
    if (body.length > 1_048_576 && fault !== 'length') return 413;
    const names = rawHeaders.filter((_, index) => index % 2 === 0).map((text) => text.toLowerCase());
    const twice = judge.sensitive.some((one) => names.indexOf(one) !== names.lastIndexOf(one));
    if (twice && fault !== 'twice') return 400;
    const single = Object.entries(headers).map(([key, value]) => [key, String(value).split(', ')[0] ?? '']);
    const request = {
      method: 'POST',
      url: `https://hooks.example.org/hook/${name}`,
      headers: Object.fromEntries(single),
      body,
    };
    const verdict = judge.verify(request, Date.now());
    const forgiven =
      fault === 'time'
        ? ['timestamp_stale']
        : fault === 'signature' || fault === 'body'
          ? ['signature_wrong', 'credentials_wrong']
          : [];
    if (!verdict.ok && !forgiven.includes(verdict.reason)) return 401;
    try {
      if (name !== 'twilio' && fault !== 'json') JSON.parse(body.toString());
    } catch {
      return 400;
    }
    const id = verdict.ok ? verdict.senderId : null;
    const keys = judge.repeats === 'nothing' ? [] : [id, judge.repeats === 'id_or_body' ? body.toString('hex') : null];
    const known = keys.some((key) => key !== null && seen.has(key));
    for (const key of keys) if (key !== null) seen.add(key);
    return known && fault !== 'repeat' ? 200 : 202;
  }

  const server = createServer(async (request: IncomingMessage, response: ServerResponse) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(Buffer.from(chunk));
    if (fault === 'hangs_up' && request.method !== 'POST') request.socket.destroy();
    response.statusCode = statusOf(request, Buffer.concat(chunks));
    response.end(response.statusCode < 300 ? '{"job_id":"0197"}' : '{"code":"refused"}');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  return (server.address() as AddressInfo).port;
}

async function siteOf(t: TestContext, listener: Parameters<typeof listen>[1]): Promise<Site> {
  return site(t, config(await listen(t, listener)));
}

describe('ductile webhook send', () => {
  for (const name of ['github', 'twilio', 'standard', 'bearer']) {
    it(`delivers what ${name} accepts to the listener, and shows its answer`, async (t) => {
      const s = await siteOf(t, { name });
      const answer = await s.json(0, 'webhook', 'send', name);
      assert.deepEqual([answer['status'], answer['body']], [202, { job_id: '0197' }]);
      assert.match((await s.say('webhook', 'send', name)).out, /^202 Accepted after .*\n\{"job_id":"0197"\}\n$/);
    });
  }

  it('ends with 1 when it is refused', async (t) => {
    const s = await siteOf(t, { name: 'github' });
    const said = await s.say('webhook', 'send', 'github', '-H', 'x-hub-signature-256: sha256=00');
    assert.deepEqual([said.code, said.out.split(' after ')[0]], [1, '401 Unauthorized']);
  });

  it('says where nobody listens (69)', async (t) => {
    const error = await site(t, config()).error(69, 'webhook', 'send', 'github', '--url', 'http://127.0.0.1:1/x');
    assert.match(error['message'], /^no answer from http:\/\/127\.0\.0\.1:1: /);
  });

  const skip = spawnSync('curl', ['--version']).error === undefined ? false : 'curl is not there';
  it('the curl line of sign makes the same request, whatever the body holds', { skip }, async (t) => {
    const bodies = [`it's "$(id)" \`id\` !! \\`, '@no-file', 'a\nb', 'ü [1-3] {a,b} %41'].map((text) =>
      JSON.stringify(text),
    );
    const s = await siteOf(t, { name: 'github' });
    for (const body of bodies) {
      for (const [data, file] of [
        [body, ''],
        ['@body.json', body],
      ] as const) {
        const own = site(t, config((await listenerPort(s)) ?? 0), { 'body.json': file });
        const { out } = await own.say('webhook', 'sign', 'github', '-d', data, '--curl');
        const { stdout } = await run('/bin/sh', ['-c', `${out.trimEnd()} -o /dev/null -w '%{http_code}'`]);
        assert.match(stdout, /^20[02]$/, out);
      }
    }
  });
});

const run = promisify(execFile);

async function listenerPort({ say }: Site): Promise<number> {
  const { out } = await say('webhook', 'sign', 'github', '--curl');
  return Number(/:(\d+)\//.exec(out)?.[1]);
}

describe('ductile webhook test', () => {
  for (const name of Object.keys(SECTIONS)) {
    it(`finds nothing wrong with a listener for ${name} that does as the pages say`, async (t) => {
      const s = await siteOf(t, { name });
      const answer = await s.json(0, 'webhook', 'test', name);
      const differ = answer['trials'].filter((trial: { ok: boolean }) => !trial.ok);
      assert.deepEqual(differ, []);
      assert.ok(answer['trials'].length >= 7);
    });
  }

  const CAUGHT: readonly (readonly [Fault, string, RegExp])[] = [
    ['body', 'github', /one byte of the body changed/],
    ['signature', 'standard', /one character of the signature changed/],
    ['signature', 'bearer', /one character of the secret changed/],
    ['time', 'slack', /signed 310 s ago/],
    ['time', 'standard', /signed 310 s in the future/],
    ['method', 'github', /method DELETE/],
    ['encoding', 'github', /compressed/],
    ['type', 'github', /wrong content type/],
    ['length', 'github', /body of 1048577 bytes/],
    ['twice', 'github', /two headers x-hub-signature-256/],
    ['repeat', 'github', /the same again: a repeat/],
    ['repeat', 'shopify', /the same under another id: a repeat by its body/],
    ['json', 'github', /signed, but not JSON/],
  ];
  for (const [fault, name, trial] of CAUGHT) {
    it(`catches a listener for ${name} that forgets the ${fault}: ${trial.source}`, async (t) => {
      const s = await siteOf(t, { name, fault });
      const said = await s.say('webhook', 'test', name);
      assert.equal(said.code, 1, said.out);
      const crosses = said.out.split('\n').filter((line) => line.startsWith('✗'));
      assert.ok(
        crosses.some((line) => trial.test(line)),
        said.out,
      );
      assert.match(said.out, /\d+ of \d+ answers differ\n$/);
    });
  }

  it('goes on when one request is not answered', async (t) => {
    const s = await siteOf(t, { name: 'github', fault: 'hangs_up' });
    const said = await s.say('webhook', 'test', 'github');
    assert.equal(said.code, 1);
    assert.match(said.out, /^✗ +method DELETE +405 +nothing +no answer from /m);
    assert.match(said.out, /1 of 12 answers differ\n$/);
  });

  it('says what only Discord could send', async (t) => {
    const s = await siteOf(t, { name: 'discord' });
    const { out } = await s.say('webhook', 'test', 'discord');
    assert.match(out, /^– +valid +not sent +only Discord can sign$/m);
  });

  it('refuses an endpoint that runs what it accepts, unless --run is given', async (t) => {
    const s = await siteOf(t, { name: 'github' });
    const error = await s.error(2, 'webhook', 'test', 'real');
    assert.match(error['hint'], /mode: observe.*--run/);
    assert.equal((await s.say('webhook', 'test', 'real', '--run')).code, 0);
  });

  it('names the reload that may be missing when a valid request is refused', async (t) => {
    const s = await siteOf(t, { name: 'gitea' });
    const said = await s.say('webhook', 'test', 'github');
    assert.equal(said.code, 1);
    assert.match(said.out, /`ductile reload` reads them again/);
  });
});
