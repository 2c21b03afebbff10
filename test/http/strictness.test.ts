import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { describe, it, type TestContext } from 'node:test';
import { socketPathOf } from '../../src/disk/socket-path.ts';
import { SECURITY_HEADERS } from '../../src/http/strictness.ts';
import { type GatewayProcess, site } from '../e2e/gateway-process.ts';
import { send } from './fuzz-client.ts';
import type { FuzzAnswer } from './fuzz-oracle.ts';

const CONFIG = "service: { state_dir: ./state }\nplugins: { tick: { uses: exec, config: { argv: ['true'] } } }\n";

interface Started {
  readonly gateway: GatewayProcess;
  readonly place: { readonly socketPath: string };
  ask(method: string, target: string, options?: { body?: string; type?: string }): Promise<FuzzAnswer>;
}

async function started(t: TestContext): Promise<Started> {
  const { start, stateDir } = site(t, CONFIG);
  const gateway = await start();
  const place = { socketPath: socketPathOf(stateDir) };
  return {
    gateway,
    place,
    ask(method, target, { body, type } = {}) {
      const headers = type === undefined ? {} : { 'content-type': type };
      return send(place, { method, target, headers, body: body ?? null });
    },
  };
}

function codeOf(body: string | null): unknown {
  return JSON.parse(body ?? '').code;
}

describe('the API holds requests to the letter', () => {
  it('answers unknown paths with 404, and methods that a path does not have with 405', async (t) => {
    const { ask } = await started(t);
    for (const [method, target, status, allow] of [
      ['GET', '/api/v1/job', 404],
      ['GET', '/api/v2/jobs', 404],
      ['GET', '/api/v1/jobs/', 404],
      ['GET', '/API/v1/jobs', 404],
      ['GET', '//api/v1/jobs', 404],
      ['GET', '/api/v1/jobs/x/../y', 404],
      ['OPTIONS', '/', 404],
      ['DELETE', '/api/v1/jobs', 405, 'GET, HEAD, POST'],
      ['OPTIONS', '/api/v1/jobs?limit=1', 405, 'GET, HEAD, POST'],
      ['PATCH', '/api/v1/instances/tick/state', 405, 'GET, HEAD, PUT'],
      ['HEAD', '/api/v1/reload', 405, 'POST'],
      ['GET', '/api/v1/jobs/x/cancel', 405, 'POST'],
      ['TRACE', '/api/v1/explain/schedule/tick/x', 405, 'GET, HEAD'],
      ['HEAD', '/api/v1/stream', 405, 'GET'],
      ['POST', '/healthz', 405, 'GET, HEAD'],
      ['PROPFIND', '/readyz', 405, 'GET, HEAD'],
    ] as const) {
      const answer = await ask(method, target);
      const told = method === 'HEAD' ? null : codeOf(answer.body);
      const code = method === 'HEAD' ? null : status === 404 ? 'not_found' : 'method_not_allowed';
      assert.deepEqual([answer.status, told, answer.headers['allow']], [status, code, allow], `${method} ${target}`);
    }
  });

  it('answers HEAD as GET, without the body', async (t) => {
    const { ask } = await started(t);
    const [head, get] = [await ask('HEAD', '/api/v1/routes'), await ask('GET', '/api/v1/routes')];
    assert.deepEqual([head.status, head.body], [200, '']);
    assert.equal(head.headers['content-length'], get.headers['content-length']);
  });

  it('takes no parameter that a route does not know, and none twice', async (t) => {
    const { ask } = await started(t);
    for (const target of [
      '/api/v1/jobs?limit=1&limit=2',
      '/api/v1/jobs?limit=',
      '/api/v1/jobs?Limit=1',
      '/api/v1/jobs?__proto__=1',
      '/api/v1/jobs?cursor=bm90aGluZw',
      '/api/v1/jobs?cursor=-1',
      '/api/v1/events?cursor=%00',
      '/api/v1/status?verbose=1',
      '/api/v1/explain/job/x?kind=job',
      '/api/v1/jobs/%',
      '/api/v1/jobs/%ff',
      `/api/v1/jobs/${'x'.repeat(101)}`,
    ]) {
      const answer = await ask('GET', target);
      assert.deepEqual([answer.status, codeOf(answer.body)], [400, 'usage'], target);
    }
  });

  it('takes bodies that are JSON, where a body is wanted', async (t) => {
    const { ask } = await started(t);
    const deep = (levels: number): string => `${'['.repeat(levels)}${']'.repeat(levels)}`;
    for (const [target, body, type, status, code] of [
      ['/api/v1/jobs', '{"instance":"tick"}', 'text/plain', 415, 'unsupported_media_type'],
      ['/api/v1/jobs', '{"instance":"tick"}', 'text/plain; charset=utf-8', 415, 'unsupported_media_type'],
      ['/api/v1/jobs', 'instance=tick', 'application/x-www-form-urlencoded', 415, 'unsupported_media_type'],
      ['/api/v1/pause', 'x', 'text/plain', 415, 'unsupported_media_type'],
      ['/api/v1/pause', '{"a":1}', 'application/json', 400, 'usage'],
      ['/api/v1/pause', '[1]', 'application/json', 400, 'usage'],
      ['/api/v1/pause', '{"a":', 'application/json', 400, 'invalid_payload'],
      ['/api/v1/jobs', `{"instance":"tick","payload":${deep(500_000)}}`, 'application/json', 400, 'invalid_payload'],
      ['/api/v1/jobs', deep(1_000_000), 'application/json', 400, 'usage'],
    ] as const) {
      const answer = await ask('POST', target, { body, type });
      assert.deepEqual([answer.status, codeOf(answer.body)], [status, code], `${target} ${body.slice(0, 40)} ${type}`);
    }
    assert.equal(JSON.parse((await ask('GET', '/api/v1/jobs')).body ?? '').jobs.length, 0);
    const answer = await ask('POST', '/api/v1/pause', { body: '{}', type: 'application/json' });
    assert.equal(answer.status, 200, 'an empty object says nothing');
  });

  it('tells browsers to do nothing with any answer, and lets no other origin read it', async (t) => {
    const { ask, place } = await started(t);
    const origin = { origin: 'https://evil.example', 'access-control-request-method': 'POST' };
    for (const answer of [
      await ask('GET', '/healthz'),
      await ask('GET', '/api/v1/status'),
      await ask('GET', '/api/v1/openapi.json'),
      await ask('GET', '/nowhere'),
      await ask('GET', '/api/v1/jobs/%'),
      await ask('DELETE', '/api/v1/jobs'),
      await ask('POST', '/api/v1/jobs', { body: 'x', type: 'text/plain' }),
      await send(place, { method: 'GET', target: '/api/v1/jobs', headers: origin, body: null }),
      await send(place, { method: 'OPTIONS', target: '/api/v1/jobs', headers: origin, body: null }),
    ]) {
      for (const [name, value] of Object.entries(SECURITY_HEADERS)) assert.equal(answer.headers[name], value, name);
      assert.deepEqual(
        Object.keys(answer.headers).filter((name) => name.startsWith('access-control-')),
        [],
      );
    }
  });

  it('ends a connection that speaks no HTTP, and goes on', async (t) => {
    const { ask, place } = await started(t);
    for (const bytes of [
      'nonsense\r\n\r\n',
      'GET /healthz HTTP/1.1\r\nhost: a\r\ncontent-length: x\r\n\r\n',
      'POST /api/v1/pause HTTP/1.1\r\nhost: a\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n',
      `GET /healthz HTTP/1.1\r\nhost: a\r\nx-long: ${'x'.repeat(20_000)}\r\n\r\n`,
      '\u0016\u0003\u0001\u0002\u0000\u0001\u0000',
    ]) {
      const socket = connect(place.socketPath);
      socket.write(bytes);
      let said = '';
      socket.on('data', (chunk: Buffer) => {
        said += chunk.toString('latin1');
      });
      await once(socket, 'close');
      assert.match(said, /^HTTP\/1\.1 4\d\d /, bytes.slice(0, 60));
    }
    assert.equal((await ask('GET', '/healthz')).status, 200);
  });
});

describe('the probes', () => {
  it('say that the gateway lives and works', async (t) => {
    const { ask } = await started(t);
    assert.deepEqual(JSON.parse((await ask('GET', '/healthz')).body ?? ''), { status: 'ok' });
    const ready = await ask('GET', '/readyz');
    assert.deepEqual([ready.status, JSON.parse(ready.body ?? '')], [200, { ready: true, reasons: [] }]);
  });
});
