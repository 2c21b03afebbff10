import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { isJsonObject } from '../../src/domain/json.ts';
import { type Answer, site } from '../e2e/gateway-process.ts';
import { type ApiDocument, apiDocument } from './document.ts';
import { isRefusedUnread, send } from './fuzz-client.ts';
import { createOracle } from './fuzz-oracle.ts';
import { type FuzzRequest, requests } from './fuzz-request.ts';
import { type Known, valuesOf } from './fuzz-values.ts';

// With more requests, and others: DUCTILE_REQUESTS=50000 DUCTILE_SEED=7 npm test test/http/fuzz.test.ts
const REQUESTS = Number(process.env['DUCTILE_REQUESTS'] ?? 1_200);
const SEED = Number(process.env['DUCTILE_SEED'] ?? 20_261_123);

const CONFIG = `
service: { state_dir: ./state, max_queued: 150, concurrency: 2 }
plugins:
  quick: { uses: work, schedules: [{ every: 1h, id: hourly }, { cron: 0 7 * * *, id: daily }] }
  broken: { uses: fail, retry: { max_attempts: 1 } }
  late: { uses: work }
  off: { uses: work, enabled: false }
api: { listen: 127.0.0.1:0 }
routes:
  - { name: all, event_type: thing.done, when: payload.n > 0, to: late, delay: 10h }
  - { name: own, from: quick, event_type: '*', to: late, delay: 10h }
webhooks:
  listen: 127.0.0.1:0
  endpoints: [{ name: open, path: /open, to: quick, verify: { scheme: bearer, secrets: [a-long-enough-secret] } }]
`;
const FILES = {
  'plugins/work/manifest.yaml':
    'name: work\nprotocol: 1\nentrypoint: run.sh\ncommands: [poll, handle, health]\nevents: [thing.done]\n',
  'plugins/work/run.sh':
    '#!/bin/bash\ncat > /dev/null\necho \'{"protocol":1,"status":"ok","state":{"n":1},"events":[{"type":"thing.done","payload":{"n":1}}]}\'\n',
  'plugins/fail/manifest.yaml': 'name: fail\nprotocol: 1\nentrypoint: run.sh\ncommands: [poll, handle]\n',
  'plugins/fail/run.sh': '#!/bin/bash\ncat > /dev/null\nexit 3\n',
};

describe('the API under requests that nobody would send', { timeout: 1_200_000 }, () => {
  it('answers each as its document says, and goes on', async (t) => {
    const { start, json } = site(t, CONFIG, FILES);
    const gateway = await start();
    const { token } = await json('token', 'create', 'fuzzer', '--scope', 'admin');
    const { api_at } = await json('status');
    const [host, port] = String(api_at).split(':');
    const place = { host: String(host), port: Number(port), token: String(token) };

    async function ask(method: string, target: string, value?: unknown): Promise<Answer> {
      const body = value === undefined ? null : JSON.stringify(value);
      const headers = body === null ? {} : { 'content-type': 'application/json' };
      const answer = await send(place, { method, target, headers, body });
      assert.ok(answer.status < 300, `${method} ${target}: ${answer.status} ${answer.body}`);
      return JSON.parse(answer.body ?? '');
    }

    const document = apiDocument(await ask('GET', '/api/v1/openapi.json'));
    const known = await furnish(ask);
    const judge = createOracle(document.operations);
    const asked = new Map<string, number>();
    const done = new Set<string>();

    async function hold(request: FuzzRequest): Promise<void> {
      const answer = await send(place, request).catch((error: unknown) => {
        if (!isRefusedUnread(request, error)) throw error;
        return null;
      });
      if (answer === null) return;
      const wrong = judge(request, answer);
      if (wrong !== null) {
        const { method, target, headers, body } = request;
        const sent = `${method} ${target} ${JSON.stringify(headers)} ${body?.slice(0, 300)}`;
        assert.fail(`${sent}\n→ ${answer.status} ${answer.body?.slice(0, 600)}\n${wrong}`);
      }
      const { id } = request.operation;
      asked.set(id, (asked.get(id) ?? 0) + 1);
      if (answer.status < 300 && request.onPath && request.method === request.operation.method) done.add(id);
    }

    const property = fc.asyncProperty(requests(document.operations, valuesOf(document, known)), hold);
    await fc.assert(property, {
      numRuns: REQUESTS,
      seed: SEED,
      interruptAfterTimeLimit: 1_000_000,
      markInterruptAsFailure: true,
    });

    t.diagnostic(`${REQUESTS} requests, ${done.size} of ${document.operations.length} operations succeeded`);
    assert.deepEqual(
      namesOf(document).filter((id) => !asked.has(id)),
      [],
      'every operation was asked',
    );
    assert.ok(done.size >= document.operations.length * 0.8, `only ${[...done].join(', ')} ever succeeded`);
    assert.deepEqual((await ask('GET', '/readyz')).reasons, []);
    const bugs = gateway.lines.filter(({ level }) => level === 'error');
    assert.deepEqual(bugs, []);
    gateway.kill('SIGTERM');
    assert.deepEqual(await gateway.ended, { code: 0, signal: null });
  });
});

function namesOf({ operations }: ApiDocument): readonly string[] {
  return operations.map(({ id }) => id);
}

/** Gives the gateway something to be asked about, and tells what there is. */
async function furnish(ask: (method: string, target: string, value?: unknown) => Promise<Answer>): Promise<Known> {
  const dead = (await ask('POST', '/api/v1/jobs?wait=20s', { instance: 'broken' })).id;
  const good = (await ask('POST', '/api/v1/jobs?wait=20s', { instance: 'quick', payload: { a: 1 } })).id;
  const later = await Promise.all(
    [1, 2, 3, 4].map(async () => {
      const run_at = '2034-01-01T00:00:00Z';
      return (await ask('POST', '/api/v1/jobs', { instance: 'late', run_at })).job_id;
    }),
  );
  const event = (await ask('POST', '/api/v1/events', { type: 'thing.done', payload: { n: 1 } })).event_id;
  const { webhooks_at } = await ask('GET', '/api/v1/status');
  const token = { authorization: 'Bearer a-long-enough-secret', 'content-type': 'application/json' };
  await fetch(`http://${webhooks_at}/open`, { method: 'POST', headers: token, body: '{}' });
  const delivery = (await ask('GET', '/api/v1/deliveries')).deliveries[0].id;
  const { versions } = await ask('GET', '/api/v1/config/versions');
  const jobs = [dead, good, ...later].map(String);
  const instances = ['quick', 'late', 'broken', 'off', 'nobody'];
  return {
    id: [...jobs, event, 'quick', 'quick/hourly', 'all', 'open'],
    'jobs.id': jobs,
    'trace.id': [...jobs, event],
    'events.id': [event],
    'deliveries.id': [delivery],
    'instances.id': instances,
    'schedules.instance': ['quick'],
    'schedules.id': ['hourly', 'daily'],
    'config.id': versions.map((version: Answer) => (isJsonObject(version) ? String(version['version']) : '')),
    'explain.id': [...jobs, event, 'quick', 'quick/hourly', 'all', 'open'],
    instance: instances,
    command: ['poll', 'handle'],
    job_id: jobs,
    event: [event],
    type: ['thing.done', 'other.done'],
    source: ['cli', 'api', 'instance:quick', 'webhook:open'],
    webhook: ['open'],
    wait: ['0ms', '1ms', '20ms'],
    at: ['07:00', '2026-11-24T07:00:00Z'],
    run_at: ['2034-01-01T00:00:00Z', '2033-01-01T00:00:00.5+01:00'],
    since: ['2020-01-01T00:00:00Z'],
    after: ['0', '1'],
    'Idempotency-Key': ['one', 'two', 'three'],
    cursor: [],
  };
}
