import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { loadSnapshot } from '../../src/disk/build-snapshot.ts';
import { openForWriting } from '../../src/gateway/dormant.ts';
import { silentLog } from '../../src/platform/log.ts';
import { type Answer, writeFiles } from '../e2e/gateway-process.ts';

const FILES = {
  'ductile.yaml': `
service: { state_dir: ./state, max_queued: 4 }
plugins:
  echo: { limits: { job_payload: 1KiB } }
  strict:
  off: { uses: echo, enabled: false }
routes:
  - { name: all, event_type: thing.done, when: payload.n > 0, to: echo }
  - { name: own, from: strict, event_type: own.done, to: echo }
`,
  'plugins/echo/manifest.yaml': 'name: echo\nprotocol: 1\nentrypoint: run.sh\ncommands: [poll, handle]\n',
  'plugins/echo/run.sh': '#!/bin/bash\ncat > /dev/null\n',
  'plugins/strict/manifest.yaml':
    'name: strict\nprotocol: 1\nentrypoint: run.sh\ncommands: { poll: { input_schema: { type: object, required: [name] } } }\n',
  'plugins/strict/run.sh': '#!/bin/bash\ncat > /dev/null\n',
};

/** Each answer is held against what its route declares. */
const CHECKED = { DUCTILE_CHECK_ANSWERS: '1' };

/** The API over real files, without anybody dispatching. */
async function api(t: TestContext) {
  const dir = mkdtempSync(join(tmpdir(), 'ductile-api-'));
  writeFiles(dir, FILES);
  const { snapshot } = loadSnapshot({ file: join(dir, 'ductile.yaml'), env: {} });
  const dormant = await openForWriting({ snapshot, log: silentLog, environment: CHECKED, pid: process.pid });
  t.after(async () => {
    await dormant.close();
    rmSync(dir, { recursive: true, force: true });
  });
  return {
    dormant,
    async get(url: string) {
      const reply = await dormant.api.inject({ method: 'GET', url });
      return { status: reply.statusCode, body: reply.json<Answer>() };
    },
    async post(url: string, body?: unknown) {
      const reply = await dormant.api.inject({
        method: 'POST',
        url,
        ...(body === undefined ? {} : { payload: body as object }),
      });
      return { status: reply.statusCode, body: reply.json<Answer>() };
    },
  };
}

function assertProblem({ status, body }: { status: number; body: Answer }, expected: number, code: string): void {
  assert.deepEqual([status, body['code']], [expected, code], JSON.stringify(body));
  assert.deepEqual(Object.keys(body), ['type', 'title', 'status', 'detail', 'code', 'hint', 'location']);
  assert.equal(body['status'], expected);
  for (const key of ['title', 'detail', 'hint']) assert.notEqual(body[key], '', key);
}

describe('the API', () => {
  it('explains by kind and id in the path, an id with a slash too, or by the id alone', async (t) => {
    const { get } = await api(t);
    const { status, body } = await get('/api/v1/explain/instance/echo');
    assert.deepEqual([status, body.kind, body.id], [200, 'instance', 'echo']);
    assert.deepEqual((await get('/api/v1/explain?id=echo')).body, body);
    const missing = await get('/api/v1/explain/schedule/echo/none');
    assert.deepEqual([missing.status, missing.body.code], [404, 'not_found']);
    assert.equal((await get('/api/v1/explain/weather/echo')).status, 400);
  });

  it('describes itself by the document that is kept in the tree', async (t) => {
    const { get } = await api(t);
    const kept = readFileSync(new URL('../../docs/reference/openapi.json', import.meta.url), 'utf8');
    assert.deepEqual(await get('/api/v1/openapi.json'), { status: 200, body: JSON.parse(kept) });
  });

  it('is not ready while nobody starts jobs', async (t) => {
    const { get } = await api(t);
    assert.deepEqual(await get('/readyz'), { status: 503, body: { ready: false, reasons: ['not_dispatching'] } });
  });

  it('submits, lists, shows, cancels and retries jobs', async (t) => {
    const { get, post } = await api(t);
    const runAt = '2030-01-01T00:00:00.000Z';
    const made = await post('/api/v1/jobs', {
      instance: 'echo',
      payload: { a: 1 },
      priority: 5,
      run_at: runAt,
      max_attempts: 2,
      dedupe_key: 'k',
    });
    assert.deepEqual(
      [made.status, made.body],
      [201, { job_id: made.body['job_id'], duplicate: false, status: 'queued' }],
    );
    const id = String(made.body['job_id']);

    const twice = await post('/api/v1/jobs', { instance: 'echo', payload: { a: 2 }, dedupe_key: 'k' });
    assert.deepEqual(
      [twice.status, twice.body],
      [200, { job_id: id, duplicate: true, status: 'queued', payload_differs: true }],
    );

    const { status, body } = await get(`/api/v1/jobs/${id}`);
    assert.equal(status, 200);
    assert.deepEqual(
      [
        body['instance'],
        body['command'],
        body['payload'],
        body['priority'],
        body['run_at'],
        body['max_attempts'],
        body['submitted_by'],
      ],
      ['echo', 'poll', { a: 1 }, 5, runAt, 2, 'cli'],
    );
    assert.deepEqual([body['attempts'], body['events'], body['children']], [[], [], []]);

    const listed = await get('/api/v1/jobs?instance=echo&status=queued&limit=1&since=2020-01-01T00:00:00Z');
    assert.deepEqual([listed.body['jobs'].length, listed.body['next_cursor']], [1, null]);
    assert.equal((await post(`/api/v1/jobs/${id}/cancel`)).body['status'], 'cancelled');
    assertProblem(await post(`/api/v1/jobs/${id}/cancel`), 409, 'already_terminal');
    assert.equal((await post(`/api/v1/jobs/${id}/retry`)).body['status'], 'queued');
  });

  it('waits for a job as long as it is asked to, and answers 202 when it has not ended', async (t) => {
    const { get, post } = await api(t);
    const waited = await post('/api/v1/jobs?wait=10ms', { instance: 'echo' });
    assert.deepEqual([waited.status, waited.body['status']], [202, 'queued']);
    const id = String(waited.body['id']);
    assert.equal((await get(`/api/v1/jobs/${id}?wait=10ms`)).body['status'], 'queued');
    await post(`/api/v1/jobs/${id}/cancel`);
    assert.equal((await get(`/api/v1/jobs/${id}?wait=1h`)).body['status'], 'cancelled');
    assertProblem(await get('/api/v1/jobs/nobody?wait=1h'), 404, 'not_found');
  });

  it('records events, tells what became of them, and tries routes without a trace', async (t) => {
    const { get, post } = await api(t);
    const emitted = await post('/api/v1/events', { type: 'thing.done', payload: { n: 1 } });
    assert.equal(emitted.status, 201);
    assert.deepEqual(Object.keys(emitted.body), ['event_id', 'duplicate', 'jobs', 'decisions']);
    assert.equal(emitted.body['jobs'].length, 1);
    const shown = await get(`/api/v1/events/${emitted.body['event_id']}`);
    assert.deepEqual(
      [
        shown.body['type'],
        shown.body['payload'],
        shown.body['jobs'],
        shown.body['decisions'][0].code,
        shown.body['decisions'][0].count,
      ],
      ['thing.done', { n: 1 }, emitted.body['jobs'], 'route_taken', 1],
    );
    const tested = await post('/api/v1/routes/test', { type: 'thing.done', payload: { n: 0 } });
    assert.deepEqual(
      [tested.status, tested.body['jobs'], tested.body['decisions'][0].code],
      [200, [], 'route_condition_false'],
    );
    for (const [source, jobs] of [
      ['strict', 1],
      ['instance:strict', 1],
      ['echo', 0],
      ['cli', 0],
    ] as const) {
      const trial = await post('/api/v1/routes/test', { type: 'own.done', source });
      assert.deepEqual([source, trial.body['jobs'].length], [source, jobs]);
    }
    assertProblem(await post('/api/v1/routes/test', { type: 'own.done', source: 'No One' }), 400, 'usage');
    const listed = await get('/api/v1/events?type=thing.done&source=cli');
    assert.deepEqual([listed.body['events'].length, listed.body['next_cursor']], [1, null]);
    assert.equal((await get('/api/v1/events?job_id=nobody')).body['events'].length, 0);
  });

  it('shows instances, schedules and the whole at a glance', async (t) => {
    const { get } = await api(t);
    assert.deepEqual((await get('/healthz')).body, { status: 'ok' });
    assert.equal((await get('/api/v1/instances')).body['instances'].length, 3);
    const { body } = await get('/api/v1/instances/strict');
    assert.deepEqual([body['instance'], body['commands'][0].input_schema.required], ['strict', ['name']]);
    assert.ok(!('config' in body), 'a configuration may hold secrets');
    assert.deepEqual((await get('/api/v1/schedules')).body, { schedules: [], next_cursor: null });
    assert.deepEqual((await get('/api/v1/status')).body['jobs'], {
      queued: 0,
      running: 0,
      succeeded: 0,
      failed: 0,
      dead: 0,
      cancelled: 0,
      retrying: 0,
    });
  });

  it('refuses what it cannot use, and stores nothing of it', async (t) => {
    const { get, post } = await api(t);
    const nested = (levels: number): unknown => (levels === 0 ? 1 : [nested(levels - 1)]);
    for (const [body, status, code, detail] of [
      [{}, 400, 'usage', /^instance: expected text, but it is missing$/],
      [undefined, 400, 'usage', /^instance: /],
      [[], 400, 'usage', /./],
      [{ instance: 'echo', paylod: {} }, 400, 'usage', /paylod/],
      [{ instance: 'echo', priority: 101 }, 400, 'usage', /^priority: /],
      [{ instance: 'echo', priority: 1.5, max_attempts: 0 }, 400, 'usage', /^priority: .*; max_attempts: /],
      [{ instance: 'echo', run_at: 'noon' }, 400, 'usage', /^run_at: "noon" is not an RFC 3339 instant/],
      [{ instance: 'echo', dedupe_key: '' }, 400, 'usage', /^dedupe_key: /],
      [{ instance: 'echo', dedupe_key: 'x\ud83d' }, 400, 'usage', /^dedupe_key: it holds half a surrogate pair/],
      [{ instance: 'echo', payload: nested(65) }, 400, 'invalid_payload', /nested deeper than 64 levels/],
      [{ instance: 'ecko' }, 404, 'unknown_instance', /ecko/],
      [{ instance: 'off' }, 409, 'instance_disabled', /off/],
      [{ instance: 'echo', command: 'pull' }, 400, 'unknown_command', /pull/],
      [{ instance: 'strict', payload: { nam: 1 } }, 400, 'invalid_payload', /name/],
      [{ instance: 'echo', payload: 'x'.repeat(1_100) }, 400, 'invalid_payload', /1102 bytes; the limit is 1024/],
    ] as const) {
      const reply = await post('/api/v1/jobs', body);
      assertProblem(reply, status, code);
      assert.match(reply.body['detail'], detail);
    }
    for (const [url, status, code] of [
      ['/api/v1/jobs?wait=2h', 400, 'usage'],
      ['/api/v1/jobs?wait=now', 400, 'usage'],
    ] as const) {
      assertProblem(await post(url, { instance: 'echo' }), status, code);
    }
    for (const body of [{ type: 'Bad Type' }, { type: 'ductile.started' }]) {
      assertProblem(await post('/api/v1/events', body), 400, 'invalid_event_type');
      assertProblem(await post('/api/v1/routes/test', body), 400, 'invalid_event_type');
    }
    assertProblem(await post('/api/v1/events', { typ: 'a.b' }), 400, 'usage');
    for (const url of [
      '/api/v1/jobs?limit=0',
      '/api/v1/jobs?limit=501',
      '/api/v1/jobs?limit=ten',
      '/api/v1/jobs?status=sleeping',
      '/api/v1/jobs?since=yesterday',
      '/api/v1/jobs?stauts=queued',
      '/api/v1/events?kind=x',
      '/api/v1/%',
    ]) {
      assertProblem(await get(url), 400, 'usage');
    }
    for (const url of ['/api/v1/jobs/nobody', '/api/v1/events/nothing', '/api/v1/nonsense', '/']) {
      assertProblem(await get(url), 404, 'not_found');
    }
    assertProblem(await post('/api/v1/jobs/nobody/cancel'), 404, 'not_found');
    assertProblem(await post('/api/v1/jobs/nobody/retry'), 404, 'not_found');
    const unknown = await get('/api/v1/instances/ecko');
    assertProblem(unknown, 404, 'unknown_instance');
    assert.equal(unknown.body['hint'], 'did you mean "echo"?');
    assert.deepEqual(
      [(await get('/api/v1/jobs')).body['jobs'], (await get('/api/v1/events')).body['events']],
      [[], []],
    );
  });

  it('refuses bodies that are too large, no JSON, or not said to be JSON', async (t) => {
    const { dormant } = await api(t);
    for (const [payload, type, status, code, detail = /./] of [
      [`{"instance":"echo","payload":"${'x'.repeat(2 * 1_048_576)}"}`, 'application/json', 413, 'body_too_large'],
      ['{"instance":', 'application/json', 400, 'invalid_payload', /^the body is not valid JSON/],
      ['', 'application/json', 400, 'invalid_payload', /^the body is empty$/],
      ['{"__proto__":{"a":1}}', 'application/json', 400, 'invalid_payload', /has a key `__proto__`/],
      ['instance=echo', 'application/x-www-form-urlencoded', 415, 'unsupported_media_type'],
    ] as const) {
      const reply = await dormant.api.inject({
        method: 'POST',
        url: '/api/v1/jobs',
        payload,
        headers: { 'content-type': type },
      });
      const body = reply.json<Answer>();
      assertProblem({ status: reply.statusCode, body }, status, code);
      assert.match(body['detail'], detail);
      assert.match(String(reply.headers['content-type']), /^application\/problem\+json/);
    }
  });

  it('refuses bodies that are compressed, and takes those that say that they are not', async (t) => {
    const { dormant } = await api(t);
    const send = async (encoding: string): Promise<{ status: number; body: Answer }> => {
      const headers = { 'content-type': 'application/json', 'content-encoding': encoding };
      const reply = await dormant.api.inject({
        method: 'POST',
        url: '/api/v1/jobs',
        payload: '{"instance":"echo"}',
        headers,
      });
      return { status: reply.statusCode, body: reply.json<Answer>() };
    };
    assertProblem(await send('gzip'), 415, 'unsupported_media_type');
    assert.equal((await send('identity')).status, 201);
  });

  it('answers 503 with Retry-After when the queue is full', async (t) => {
    const { post, dormant } = await api(t);
    for (let made = 0; made < 4; made += 1)
      assert.equal((await post('/api/v1/jobs', { instance: 'echo' })).status, 201);
    const reply = await dormant.api.inject({ method: 'POST', url: '/api/v1/jobs', payload: { instance: 'echo' } });
    assertProblem({ status: reply.statusCode, body: reply.json<Answer>() }, 503, 'queue_full');
    assert.equal(reply.headers['retry-after'], '1');
  });
});
