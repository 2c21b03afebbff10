import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { loadSnapshot } from '../../src/disk/build-snapshot.ts';
import type { Dormant } from '../../src/gateway/dormant.ts';
import { openForWriting } from '../../src/gateway/dormant.ts';
import { CLI } from '../../src/http/api/caller.ts';
import { ROUTES } from '../../src/http/api/routes.ts';
import { silentLog } from '../../src/platform/log.ts';
import { type Answer, writeFiles } from '../e2e/gateway-process.ts';

const FILES = {
  'ductile.yaml': `
service: { state_dir: ./state, max_queued: 600, redact: { keys: [pin] } }
plugins:
  flaky: { uses: exec, config: { stdin: payload, shell: 'cat >&2; exit 65' }, retry: { max_attempts: 1 } }
  fine: { uses: exec, config: { stdin: payload, shell: 'cat' } }
  strict:
  off: { uses: exec, enabled: false, config: { shell: 'true' } }
routes:
  - { name: all, event_type: thing.done, to: fine }
`,
  'plugins/strict/manifest.yaml':
    'name: strict\nprotocol: 1\nentrypoint: run.sh\ncommands: { poll: { input_schema: { type: object, required: [name] } } }\n',
  'plugins/strict/run.sh': '#!/bin/bash\ncat > /dev/null\necho \'{"protocol":1,"status":"ok","result":1}\'\n',
};

/** The API over real files; jobs run when they are told to. */
async function site(t: TestContext) {
  const dir = mkdtempSync(join(tmpdir(), 'ductile-desk-'));
  writeFiles(dir, FILES);
  const { snapshot } = loadSnapshot({ file: join(dir, 'ductile.yaml'), env: {} });
  let dormant: Dormant = await openForWriting({ snapshot, log: silentLog, environment: process.env, pid: process.pid });
  t.after(async () => {
    await dormant.close();
    rmSync(dir, { recursive: true, force: true });
  });

  async function get(url: string) {
    const reply = await dormant.api.inject({ method: 'GET', url: `/api/v1${url}` });
    return { status: reply.statusCode, body: reply.json<Answer>() };
  }

  async function post(url: string, body: object = {}, key?: string) {
    const headers = key === undefined ? {} : { 'idempotency-key': key };
    const reply = await dormant.api.inject({ method: 'POST', url: `/api/v1${url}`, payload: body, headers });
    return { status: reply.statusCode, body: reply.json<Answer>(), replayed: reply.headers['idempotency-replayed'] };
  }

  async function run(id: string): Promise<Answer> {
    const dispatcher = dormant.runOnly(id);
    dispatcher.start();
    const { body } = await get(`/jobs/${id}?wait=30s`);
    await dispatcher.stop(0);
    return body;
  }

  /** Asks a route, such as `GET /dead`, on behalf of a token that is limited to the instance `fine`. */
  async function ask(name: string, request: { params?: object; query?: object; body?: object }): Promise<Answer> {
    const found = ROUTES.find(({ method, path }) => `${method} ${path}` === name);
    assert.ok(found !== undefined, name);
    const { params = {}, query = {}, body = {} } = request;
    const caller = { ...CLI, submittedBy: 'api:limited', instances: ['fine'] };
    const { operations } = dormant;
    const context = { operations, caller, headers: {}, gone: () => new AbortController().signal };
    return (await found.answer({ params, query, body }, context)).body as Answer;
  }

  return {
    get,
    post,
    run,
    ask,
    /** A job of the instance that has ended. */
    async ended(instance: string, payload: unknown = {}): Promise<string> {
      const { body } = await post('/jobs', { instance, payload });
      await run(String(body['job_id']));
      return String(body['job_id']);
    },
    async restart() {
      await dormant.close();
      dormant = await openForWriting({ snapshot, log: silentLog, environment: process.env, pid: process.pid });
    },
  };
}

function assertProblem({ status, body }: { status: number; body: Answer }, expected: number, code: string): void {
  assert.deepEqual([status, body['code']], [expected, code], JSON.stringify(body));
}

describe('replay', () => {
  it('runs a job that has ended again as a new job, and tells of it on both', async (t) => {
    const { get, post, run, ended } = await site(t);
    const first = await ended('flaky', { a: 1 });
    const made = await post(`/jobs/${first}/replay`);
    const id = String(made.body['job_id']);
    assert.deepEqual([made.status, made.body], [201, { job_id: id, replay_of: first, status: 'queued' }]);
    const original = (await get(`/jobs/${first}`)).body;
    const replay = await run(id);
    assert.deepEqual([original['replay_of'], original['replays']], [null, [id]]);
    assert.deepEqual([replay['replay_of'], replay['replays'], replay['payload']], [first, [], { a: 1 }]);
    assert.deepEqual([replay['root_job_id'], replay['submitted_by'], replay['dedupe_key']], [first, 'cli', null]);
    assert.notEqual(replay['idempotency_key'], original['idempotency_key']);
    assert.deepEqual([original['status'], replay['status'], replay['attempts'].length], ['failed', 'failed', 1]);
    assert.equal(original['decisions'].at(-1).code, 'job_replayed');

    const same = await post(`/jobs/${first}/replay`, { same_key: true, payload: { b: 2 } });
    const edited = (await get(`/jobs/${same.body['job_id']}`)).body;
    assert.deepEqual([edited['payload'], edited['idempotency_key']], [{ b: 2 }, original['idempotency_key']]);
  });

  it('puts back what was masked in a payload that came back edited', async (t) => {
    const { get, post, run, ended } = await site(t);
    const first = await ended('fine', { to: 'ada', pin: 'four' });
    const shown = (await get(`/jobs/${first}`)).body['payload'];
    assert.deepEqual(shown, { to: 'ada', pin: '***' });
    const made = await post(`/jobs/${first}/replay`, { payload: { ...shown, to: 'eve' } });
    const replay = await run(String(made.body['job_id']));
    assert.match(JSON.stringify(replay['result']), /"to\\*":\\*"eve/);
    assert.equal(replay['status'], 'succeeded');
    assertProblem(await post(`/jobs/${first}/replay`, { payload: { code: '***' } }), 400, 'invalid_payload');
  });

  it('refuses what is not there, has not ended, or does not fit the command', async (t) => {
    const { post, ended } = await site(t);
    assertProblem(await post('/jobs/nobody/replay'), 404, 'not_found');
    const waiting = await post('/jobs', { instance: 'fine' });
    assertProblem(await post(`/jobs/${waiting.body['job_id']}/replay`), 409, 'not_terminal');
    const strict = await ended('strict', { name: 'x' });
    assertProblem(await post(`/jobs/${strict}/replay`, { payload: {} }), 400, 'invalid_payload');
    assertProblem(await post(`/jobs/${strict}/replay`, { other: 1 }), 400, 'usage');
  });
});

describe('a batch', () => {
  it('submits all jobs in their order, each with what became of it', async (t) => {
    const { post } = await site(t);
    const jobs = [
      { instance: 'fine', dedupe_key: 'k' },
      { instance: 'strict', payload: { name: 'x' } },
      { instance: 'fine', dedupe_key: 'k', payload: { a: 1 } },
    ];
    const made = await post('/jobs/batch', { jobs });
    assert.equal(made.status, 201);
    const [one, two, three] = made.body['jobs'];
    assert.deepEqual(
      [one.duplicate, two.duplicate, three],
      [false, false, { job_id: one.job_id, duplicate: true, status: 'queued', payload_differs: true }],
    );
    assert.equal((await post('/jobs/batch', { jobs: [jobs[0]] })).status, 200);
  });

  it('submits none when one is refused, or when there is no room for all', async (t) => {
    const { get, post } = await site(t);
    const jobs = [{ instance: 'fine' }, { instance: 'strict' }, { instance: 'nobody' }];
    const refused = await post('/jobs/batch', { jobs });
    assertProblem(refused, 400, 'invalid_payload');
    assert.match(refused.body['detail'], /^jobs\[1\]: .*; jobs\[2\]: no instance "nobody"/);
    assertProblem(await post('/jobs/batch', { jobs: [] }), 400, 'usage');
    const many = Array.from({ length: 601 }, () => ({ instance: 'fine' }));
    assertProblem(await post('/jobs/batch', { jobs: many }), 503, 'queue_full');
    assert.deepEqual((await get('/jobs')).body['jobs'], []);
    assert.equal((await post('/jobs/batch', { jobs: many.slice(1) })).status, 201);
    assertProblem(await post('/jobs', { instance: 'fine' }), 503, 'queue_full');
  });
});

describe('bulk', () => {
  it('retries what a filter selects at a rate that lasts beyond a restart', async (t) => {
    const { get, post, ended, restart } = await site(t);
    const ids = [await ended('flaky', 1), await ended('flaky', 2), await ended('flaky', 3)];
    const filter = { instance: 'flaky' };
    const tried = await post('/jobs/bulk', { action: 'retry', filter, dry_run: true });
    assert.deepEqual([tried.body['done'], tried.body['dry_run']], [3, true]);
    assert.equal((await get(`/jobs/${ids[0]}`)).body['status'], 'failed');

    const from = '2035-01-01T00:00:00.000Z';
    const rate = { count: 2, per: '1m', from };
    const first = await post('/jobs/bulk', { action: 'retry', filter, rate, limit: 2 });
    assert.deepEqual(
      first.body['jobs'].map((job: Answer) => [job['job_id'], job['run_at'], job['error']]),
      [
        [ids[0], from, null],
        [ids[1], '2035-01-01T00:00:30.000Z', null],
      ],
    );
    const { as_of, next_cursor: cursor, next_run_at: next } = first.body;
    assert.equal(next, '2035-01-01T00:01:00.000Z');
    const more = { action: 'retry', filter, rate: { ...rate, from: next }, as_of, cursor };
    const rest = await post('/jobs/bulk', more);
    assert.deepEqual([rest.body['done'], rest.body['next_cursor'], rest.body['jobs'][0].job_id], [1, null, ids[2]]);
    await restart();
    const waiting = (await get(`/jobs/${ids[1]}`)).body;
    assert.deepEqual([waiting['status'], waiting['run_at']], ['queued', '2035-01-01T00:00:30.000Z']);
    assert.equal(waiting['decisions'].at(-1).code, 'job_retried');
  });

  it('replays each dead letter of a group once, and one that is named as often as it is asked for', async (t) => {
    const { get, post, ended } = await site(t);
    const ids = [await ended('flaky', 'one'), await ended('flaky', 'two')];
    const [group] = (await get('/dead')).body['dead'];
    const asked = { action: 'replay', filter: { fingerprint: group.fingerprint } };
    const done = await post('/jobs/bulk', asked);
    assert.deepEqual([done.body['done'], done.body['failed']], [2, 0]);
    const replayed = done.body['jobs'].map((job: Answer) => job['replay_job_id']);
    assert.deepEqual((await get(`/jobs/${replayed[1]}`)).body['replay_of'], ids[1]);
    assert.deepEqual((await post('/jobs/bulk', asked)).body['jobs'], []);
    const once = await post('/jobs/bulk', { action: 'replay', filter: { instance: 'flaky' } });
    assert.deepEqual(once.body['jobs'], []);
    const named = await post('/jobs/bulk', { action: 'replay', filter: { ids: [ids[0], 'nobody', ids[0]] } });
    assert.deepEqual(
      named.body['jobs'].map((job: Answer) => job['error']?.code ?? null),
      [null, 'not_found'],
    );
  });

  it('cancels what is queued, and says of each job why it could not', async (t) => {
    const { post, ended } = await site(t);
    const { body } = await post('/jobs', { instance: 'fine' });
    const gone = await ended('fine');
    const done = await post('/jobs/bulk', { action: 'cancel', filter: { all: true } });
    assert.deepEqual(
      done.body['jobs'].map((job: Answer) => job['job_id']),
      [body['job_id']],
    );
    const named = await post('/jobs/bulk', { action: 'cancel', filter: { ids: [gone] } });
    assert.deepEqual(
      [named.body['done'], named.body['failed'], named.body['jobs'][0].error.code],
      [0, 1, 'already_terminal'],
    );
  });

  it('is no job, whatever it is asked for', async (t) => {
    const { get } = await site(t);
    assertProblem(await get('/jobs/bulk'), 405, 'method_not_allowed');
    assertProblem(await get('/jobs/batch'), 405, 'method_not_allowed');
  });

  it('refuses a filter that selects everything by accident, or what makes no sense', async (t) => {
    const { post } = await site(t);
    const wrong: readonly object[] = [
      { action: 'retry', filter: {} },
      { action: 'retry' },
      { action: 'destroy', filter: { all: true } },
      { action: 'retry', filter: { status: 'running' } },
      { action: 'cancel', filter: { status: 'failed' } },
      { action: 'cancel', filter: { all: true }, rate: { count: 1, per: '1s' } },
      { action: 'retry', filter: { all: true }, rate: { count: 1, per: '0s' } },
      { action: 'retry', filter: { ids: ['a'], instance: 'fine' } },
      { action: 'retry', filter: { all: true }, cursor: 'x' },
      { action: 'retry', filter: { all: true }, limit: 1_001 },
    ];
    for (const body of wrong) assertProblem(await post('/jobs/bulk', body), 400, 'usage');
  });
});

describe('the desk', () => {
  it('groups dead letters, and shows the jobs of a group', async (t) => {
    const { get, post, ended } = await site(t);
    const [one, two] = [await ended('flaky', 'host 1 is down'), await ended('flaky', 'host 2 is down')];
    const { status, body } = await get('/dead');
    assert.deepEqual([status, body['dead'].length, body['next_cursor']], [200, 1, null]);
    const [group] = body['dead'];
    assert.deepEqual([group.instance, group.command, group.count, group.job_ids], ['flaky', 'poll', 2, [two, one]]);
    const shown = await get(`/dead/${group.fingerprint}?limit=1`);
    assert.deepEqual([shown.body['count'], shown.body['jobs'].length, shown.body['jobs'][0].id], [2, 1, two]);
    const rest = await get(`/dead/${group.fingerprint}?cursor=${shown.body['next_cursor']}`);
    assert.deepEqual([rest.body['jobs'][0].id, rest.body['next_cursor']], [one, null]);
    assertProblem(await get('/dead/0000000000000000'), 404, 'not_found');
    assert.deepEqual((await get('/dead?instance=fine')).body['dead'], []);
    await post(`/jobs/${one}/retry`);
    assert.equal((await get('/dead')).body['dead'][0].count, 1);
  });
});

describe('a caller who is limited to an instance', () => {
  it('acts on and sees the jobs of it alone', async (t) => {
    const { get, ended, ask } = await site(t);
    const other = await ended('flaky', 'x');
    const [group] = (await get('/dead')).body['dead'];
    const own = await ask('POST /jobs', { body: { instance: 'fine' } });
    const wrong: readonly (readonly [string, { params?: object; query?: object; body?: object }])[] = [
      ['POST /jobs/batch', { body: { jobs: [{ instance: 'fine' }, { instance: 'flaky' }] } }],
      ['POST /jobs/bulk', { body: { action: 'retry', filter: { ids: [other] } } }],
      ['POST /jobs/bulk', { body: { action: 'retry', filter: { instance: 'flaky' } } }],
      ['POST /jobs/:id/replay', { params: { id: other } }],
      ['GET /dead', { query: { instance: 'flaky' } }],
      ['GET /dead/:fingerprint', { params: { fingerprint: group.fingerprint } }],
    ];
    for (const [name, request] of wrong) await assert.rejects(ask(name, request), { code: 'forbidden' }, name);
    assert.deepEqual((await ask('GET /dead', {}))['dead'], []);
    const byPrint = { action: 'retry', filter: { fingerprint: group.fingerprint } };
    assert.deepEqual((await ask('POST /jobs/bulk', { body: byPrint }))['jobs'], []);
    const cancelled = await ask('POST /jobs/bulk', { body: { action: 'cancel', filter: { all: true } } });
    assert.deepEqual(
      cancelled['jobs'].map((job: Answer) => job['job_id']),
      [own['job_id']],
    );
  });
});

describe('an Idempotency-Key', () => {
  it('gives the first answer again, after a restart too, and makes nothing new', async (t) => {
    const { get, post, ended, restart } = await site(t);
    const failed = await ended('flaky');
    const requests: readonly (readonly [string, object])[] = [
      ['/jobs', { instance: 'fine' }],
      ['/jobs/batch', { jobs: [{ instance: 'fine' }, { instance: 'fine' }] }],
      ['/events', { type: 'thing.done' }],
      [`/jobs/${failed}/replay`, {}],
      ['/jobs/bulk', { action: 'cancel', filter: { all: true } }],
    ];
    const before: Awaited<ReturnType<typeof post>>[] = [];
    for (const [url, body] of requests) before.push(await post(url, body, `key-${url}`));
    const jobs = (await get('/jobs')).body['jobs'].length;
    await restart();
    for (const [index, [url, body]] of requests.entries()) {
      const again = await post(url, body, `key-${url}`);
      assert.deepEqual([again.status, again.body], [before[index]?.status, before[index]?.body], url);
      assert.deepEqual([before[index]?.replayed, again.replayed], [undefined, 'true'], url);
    }
    assert.equal((await get('/jobs')).body['jobs'].length, jobs);
  });

  it('refuses the key of another request, and one that is none', async (t) => {
    const { post } = await site(t);
    await post('/jobs', { instance: 'fine' }, 'k');
    assertProblem(
      await post('/jobs', { instance: 'strict', payload: { name: 'x' } }, 'k'),
      422,
      'idempotency_key_reused',
    );
    assertProblem(await post('/jobs/batch', { jobs: [{ instance: 'fine' }] }, 'k'), 422, 'idempotency_key_reused');
    assertProblem(await post('/jobs', { instance: 'fine' }, 'x'.repeat(256)), 400, 'usage');
  });

  it('lets requests at one time be carried out once, and remembers nothing of what was refused', async (t) => {
    const { get, post } = await site(t);
    assertProblem(await post('/jobs', { instance: 'strict' }, 'k'), 400, 'invalid_payload');
    const answers = await Promise.all([1, 2, 3].map(() => post('/jobs', { instance: 'fine' }, 'k')));
    assert.equal(new Set(answers.map(({ body }) => body['job_id'])).size, 1);
    assert.deepEqual(
      answers.map(({ status }) => status),
      [201, 201, 201],
    );
    assert.equal((await get('/jobs')).body['jobs'].length, 1);
  });

  it('waits anew for a job that had not ended', async (t) => {
    const { post, run } = await site(t);
    const waited = await post('/jobs?wait=10ms', { instance: 'fine' }, 'k');
    assert.deepEqual([waited.status, waited.body['status']], [202, 'queued']);
    await run(String(waited.body['id']));
    const again = await post('/jobs?wait=10ms', { instance: 'fine' }, 'k');
    assert.deepEqual([again.status, again.body['id'], again.body['status']], [200, waited.body['id'], 'succeeded']);
  });
});
