import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { after, before, describe, it, type TestContext } from 'node:test';
import { type Site, site } from '../cli/site.ts';
import { callTcp, type TcpAnswer, type TcpRequest } from './api-client.ts';

// What pages in the browser of somebody on this machine try, and what clients send that means to confuse.

const CONFIG = `
service: { state_dir: ./state }
api: { listen: "127.0.0.1:0", open_reading: true, public_url: "https://gate.example.org", hosts: [gate.lan] }
plugins:
  mine: { uses: exec, config: { argv: ["true"] } }
`;
const JOB = { method: 'POST', path: '/api/v1/jobs', body: { instance: 'mine', command: 'run' } } as const;
const READ = { path: '/api/v1/status' } as const;
const json = ['Content-Type', 'application/json'] as const;

interface Attempt {
  readonly title: string;
  readonly request: TcpRequest;
  readonly status: number;
  readonly code: string;
}

const REFUSED: readonly Attempt[] = [
  ...['evil.example', 'evil.example:8080', 'localhost.evil.example', '0.0.0.0', '', 'a b'].map((host) => ({
    title: `a page whose name "${host}" was made to point here reads`,
    request: { ...READ, headers: [['Host', host]] } as const,
    status: 421,
    code: 'host_refused',
  })),
  {
    title: 'a page whose name was made to point here submits',
    request: { ...JOB, headers: [['Host', 'evil.example']] },
    status: 421,
    code: 'host_refused',
  },
  {
    title: 'a page whose name was made to point here asks whether a gateway lives',
    request: { path: '/healthz', headers: [['Host', 'evil.example']] },
    status: 421,
    code: 'host_refused',
  },
  ...[
    'null',
    'http://evil.example',
    'https://evil.example',
    'http://localhost:3000',
    'http://gate.example.org',
  ].flatMap((origin) =>
    [READ, JOB].map((request) => ({
      title: `a page of ${origin} ${request === JOB ? 'submits' : 'reads'}`,
      request: { ...request, headers: [['Origin', origin]] } as const,
      status: 403,
      code: 'origin_refused',
    })),
  ),
  ...['cross-site', 'same-site'].flatMap((place) =>
    [READ, JOB].map((request) => ({
      title: `a ${place} page ${request === JOB ? 'submits' : 'reads'} without telling its origin`,
      request: { ...request, headers: [['Sec-Fetch-Site', place]] } as const,
      status: 403,
      code: 'origin_refused',
    })),
  ),
  {
    title: 'a page asks whether it may (CORS)',
    request: {
      method: 'OPTIONS',
      path: '/api/v1/jobs',
      headers: [
        ['Origin', 'http://evil.example'],
        ['Access-Control-Request-Method', 'POST'],
        ['Access-Control-Request-Headers', 'authorization'],
      ],
    },
    status: 403,
    code: 'origin_refused',
  },
  ...['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x', 'text/json', ''].map(
    (type) => ({
      title: `a form sends JSON as "${type}"`,
      request: { ...JOB, headers: [['Content-Type', type]] } as const,
      status: 415,
      code: 'unsupported_media_type',
    }),
  ),
  {
    title: 'a form sends text/plain without a body',
    request: { method: 'POST', path: '/api/v1/pause', headers: [['Content-Type', 'text/plain']] },
    status: 415,
    code: 'unsupported_media_type',
  },
  ...[
    ['Host', 'localhost'],
    ['Authorization', 'Bearer x'],
    ['Origin', 'http://localhost'],
    ['Content-Type', 'application/json'],
    ['Sec-Fetch-Site', 'none'],
  ].map(([name = '', value = '']) => ({
    title: `two headers ${name}`,
    request: {
      ...JOB,
      headers: [[name, value], [name.toUpperCase(), value], ...(name === 'Content-Type' ? [] : [json])],
    } as const,
    status: 400,
    code: 'usage',
  })),
  ...['token=x', 'access_token=x', 'a=1&Token=x', 'limit=1&api_key=x', `x=dct_${'a'.repeat(43)}`].map((query) => ({
    title: `a token in the address: ${query}`,
    request: { path: `/api/v1/jobs?${query}` },
    status: 400,
    code: 'usage',
  })),
];

describe('strangers', () => {
  let s: Site;
  let at = '';
  let token = '';
  let clients = 0;
  const clean: (() => unknown)[] = [];

  function call(request: TcpRequest): Promise<TcpAnswer> {
    clients += 1;
    return callTcp(at, { from: `127.2.0.${clients}`, ...request });
  }

  before(async () => {
    s = site({ after: (work: () => unknown) => clean.unshift(work) } as unknown as TestContext, CONFIG);
    const gateway = await s.start();
    at = String(/"api":"([^"]+)"/.exec(gateway.io.stdout.text)?.[1]);
    token = (await s.json(0, 'token', 'create', 'full', '--scope', 'admin')).token;
  });
  after(async () => {
    for (const work of clean) await work();
  });

  for (const { title, request, status, code } of REFUSED) {
    it(`refuses ${title}, with a token or without`, async () => {
      const own = request.headers?.some(([name]) => name.toLowerCase() === 'authorization') ?? false;
      for (const shown of own ? [null] : [token, null]) {
        // Without a token, only what comes before the token is looked at has the same answer.
        if (shown === null && status === 415) continue;
        const answer = await call({ ...request, token: shown });
        assert.deepEqual([answer.status, answer.body['code']], [status, code], answer.text);
        const cors = Object.keys(answer.headers).filter((name) => name.startsWith('access-control-'));
        assert.deepEqual(cors, []);
        assert.ok(!answer.text.includes('dct_'));
      }
    });
  }

  it('has made no job of any of it', async () => {
    assert.deepEqual((await s.json(0, 'job', 'list')).jobs, []);
  });

  const TAKEN: readonly (readonly [title: string, headers: readonly (readonly [string, string])[]])[] = [
    ['by another loopback name', [['Host', 'localhost:1']]],
    ['by a configured name', [['Host', 'gate.lan']]],
    ['by the public name', [['Host', 'gate.example.org']]],
    [
      'from the console at the public name',
      [
        ['Host', 'gate.example.org'],
        ['Origin', 'https://gate.example.org'],
        ['Sec-Fetch-Site', 'same-origin'],
      ],
    ],
    [
      'from the console on this machine',
      [
        ['Host', 'localhost:8080'],
        ['Origin', 'http://localhost:8080'],
      ],
    ],
    ['with parameters of the content type', [['Content-Type', 'Application/JSON; charset=utf-8']]],
  ];
  for (const [title, headers] of TAKEN) {
    it(`takes a request ${title}`, async () => {
      assert.equal((await call({ ...JOB, token, headers })).status, 201);
    });
  }

  it('lets programs on this machine read without a token, and do nothing else', async () => {
    assert.equal((await call(READ)).status, 200);
    assert.equal((await call({ ...READ, method: 'HEAD' })).status, 200);
    for (const request of [JOB, { method: 'POST', path: '/api/v1/pause' }, { method: 'PUT', path: '/api/v1/x' }]) {
      assert.equal((await call(request)).status, 401, request.path);
    }
    const state = await call({ path: '/api/v1/instances/mine/state?exact=true' });
    assert.deepEqual([state.status, state.body['code']], [403, 'forbidden']);
    assert.equal((await call({ path: '/api/v1/tokens' })).status, 403);
    assert.equal((await call({ ...READ, token: 'dct_wrong' })).status, 401);
  });

  it('lets nobody read without a token whom a proxy speaks for', async () => {
    for (const name of ['X-Forwarded-For', 'Forwarded', 'X-Real-IP', 'Via']) {
      assert.equal((await call({ ...READ, headers: [[name, '127.0.0.1']] })).status, 401, name);
      assert.equal((await call({ ...READ, token, headers: [[name, '127.0.0.1']] })).status, 200, name);
    }
  });

  const RAW: readonly (readonly [title: string, sent: string, status: number])[] = [
    ['no Host', 'GET /api/v1/status HTTP/1.0\r\n\r\n', 421],
    ['a whole address as its target', 'GET http://localhost/api/v1/status HTTP/1.1\r\nHost: localhost\r\n\r\n', 400],
    ['no HTTP', 'hello\r\n\r\n', 400],
    ['16 KiB of headers', `GET / HTTP/1.1\r\nHost: localhost\r\nA: ${'a'.repeat(17_000)}\r\n\r\n`, 431],
    [
      'two lengths',
      'POST /api/v1/jobs HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\nContent-Length: 20\r\n\r\n{}',
      400,
    ],
  ];
  for (const [title, sent, status] of RAW) {
    it(`refuses what has ${title}`, async () => {
      const port = Number(at.split(':')[1]);
      const socket = connect(port, '127.0.0.1');
      await once(socket, 'connect');
      socket.write(sent);
      let text = '';
      for await (const chunk of socket) {
        text += String(chunk);
        if (text.includes('\r\n\r\n')) break;
      }
      socket.destroy();
      assert.match(text, new RegExp(`^HTTP/1\\.1 ${status} `));
    });
  }

  it('does not read the body of what it refuses', async () => {
    const answer = await call({ method: 'POST', path: '/api/v1/jobs', body: { instance: 'x'.repeat(100_000) } });
    assert.deepEqual([answer.status, answer.headers['connection']], [401, 'close']);
  });

  it('slows down whoever guesses, by address, and nobody who has a token', async () => {
    const from = '127.3.0.1';
    const statuses: number[] = [];
    let last: TcpAnswer | null = null;
    for (let attempt = 0; attempt < 13; attempt += 1) {
      last = await callTcp(at, { ...JOB, token: `dct_${'g'.repeat(43)}`, from });
      statuses.push(last.status);
    }
    assert.deepEqual(
      statuses.slice(0, 10),
      Array.from({ length: 10 }, () => 401),
    );
    assert.deepEqual([last?.status, last?.body['code']], [429, 'too_many_failures']);
    assert.match(String(last?.headers['retry-after']), /^[1-9]\d?$/);
    assert.equal((await callTcp(at, { ...READ, token, from })).status, 200);
    assert.equal((await callTcp(at, { ...JOB, from: '127.3.0.2' })).status, 401);
  });
});
