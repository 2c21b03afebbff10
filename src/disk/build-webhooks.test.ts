import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { makeConfigFolder } from '../../test/fixtures/config/plugins.ts';
import { OperatorError, type Problem } from '../domain/errors.ts';
import { snapshotDifference } from '../domain/snapshot-difference.ts';
import { NO_WEBHOOKS } from '../domain/webhook/settings.ts';
import { loadSnapshot } from './build-snapshot.ts';

const folder = makeConfigFolder();
const file = join(folder, 'ductile.yaml');
const SECRET = 'a-webhook-secret';
const GITHUB = `verify: { scheme: github, secrets: [${SECRET}] }`;
const OPEN = 'verify: { scheme: none, i_understand_this_is_public: true }';
const PLUGINS =
  'plugins: { job: { uses: exec, config: { shell: "true" } }, off: { uses: exec, enabled: false, config: { shell: "true" } } }\n';

function load(webhooks: string) {
  writeFileSync(file, `${PLUGINS}${webhooks}`);
  return loadSnapshot({ file, env: { HOME: folder } });
}

function endpointsOf(...entries: readonly string[]): string {
  return `webhooks:\n  endpoints:\n${entries.map((entry) => `    - { ${entry} }\n`).join('')}`;
}

function shown({ severity, code, location, message }: Problem): string {
  return `${severity} ${code} ${location?.line}:${location?.column} ${message}`;
}

function problemsOf(...entries: readonly string[]): readonly string[] {
  try {
    return load(endpointsOf(...entries))
      .warnings.filter(({ location }) => location?.file === file)
      .map(shown);
  } catch (error) {
    assert.ok(error instanceof OperatorError, String(error));
    return error.problems.filter(({ location }) => location?.file === file).map(shown);
  }
}

test('without the section there is no endpoint, and the address limit is the default', () => {
  for (const text of ['', 'webhooks:\n', 'webhooks: {}\n']) {
    const { trusted, ...settings } = load(text).snapshot.webhooks;
    const { trusted: _, ...none } = NO_WEBHOOKS;
    assert.deepEqual(settings, none);
    assert.equal(trusted('127.0.0.1'), false);
  }
});

test('an endpoint with nothing but what it needs has the defaults', () => {
  const [endpoint] = load(endpointsOf(`name: a, path: /a, ${GITHUB}, to: job`)).snapshot.webhooks.endpoints;
  const { verify, allows, hash, ...rest } = endpoint ?? assert.fail();
  assert.match(hash, /^[0-9a-f]{16}$/);
  assert.equal(allows('192.0.2.1'), true);
  assert.equal(verify.scheme, 'github');
  assert.deepEqual(rest, {
    name: 'a',
    path: '/a',
    to: { instance: 'job', command: 'handle' },
    emit: null,
    mode: 'run',
    body: 'json',
    contentTypes: ['application/json'],
    raw: false,
    headers: [],
    query: [],
    maxBodyBytes: 1_048_576,
    dedupe: { kind: 'scheme' },
    rateLimit: null,
    challenge: null,
    respondMs: null,
    priority: 0,
    maxAttempts: null,
    timeoutMs: null,
  });
});

test('everything that the section sets is compiled', () => {
  const { webhooks } = load(`webhooks:
  public_url: https://hooks.example/base
  trusted_proxies: [10.0.0.0/8]
  address_limit: { count: 5, per: 1s }
  endpoints:
    - name: a
      path: /a
      ${GITHUB}
      to: { instance: job, command: handle }
      emit: 'x.\${{ headers["x-kind"] }}'
      mode: observe
      body: form
      content_types: [Text/Plain]
      raw: true
      headers: [X-Kind]
      query: [of]
      max_body: 2KiB
      dedupe: header:X-Id
      rate_limit: { count: 60, per: 1m }
      allow: [140.82.112.0/20]
      challenge: { kind: meta, token: a-long-token-of-meta }
      respond: { wait: 10s }
      priority: 7
      max_attempts: 3
      timeout: 5s
    - { name: b, path: /b, ${OPEN}, emit: b.done, challenge: { kind: microsoft }, dedupe: "off" }
    - { name: c, path: /c, ${OPEN}, emit: c.done }
    - { name: d, path: /d, verify: { scheme: bearer, secrets: [${SECRET}] }, emit: d.done }
`).snapshot;
  assert.equal(webhooks.publicUrl, 'https://hooks.example/base');
  assert.deepEqual(webhooks.trustedProxies, ['10.0.0.0/8']);
  assert.equal(webhooks.trusted('10.9.9.9'), true);
  assert.equal(webhooks.trusted('11.0.0.0'), false);
  assert.deepEqual(webhooks.addressLimit, { count: 5, perMs: 1_000 });
  const [a, b, c, d] = webhooks.endpoints;
  assert.ok(a !== undefined && b !== undefined && c !== undefined && d !== undefined);
  const { verify, emit, allows, hash, ...rest } = a;
  assert.equal(verify.scheme, 'github');
  assert.notEqual(hash, b.hash);
  assert.deepEqual([allows('140.82.112.9'), allows('192.0.2.1')], [true, false]);
  assert.deepEqual(emit?.({ headers: { 'x-kind': 'y' }, query: {}, body: {} }), { type: 'x.y' });
  assert.deepEqual(rest, {
    name: 'a',
    path: '/a',
    to: { instance: 'job', command: 'handle' },
    mode: 'observe',
    body: 'form',
    contentTypes: ['text/plain'],
    raw: true,
    headers: ['x-kind'],
    query: ['of'],
    maxBodyBytes: 2_048,
    dedupe: { kind: 'header', header: 'x-id' },
    rateLimit: { count: 60, perMs: 60_000 },
    challenge: { kind: 'meta', token: 'a-long-token-of-meta' },
    respondMs: 10_000,
    priority: 7,
    maxAttempts: 3,
    timeoutMs: 5_000,
  });
  assert.deepEqual(b.challenge, { kind: 'microsoft' });
  assert.equal(b.to, null);
  assert.deepEqual([b.dedupe, c.dedupe, d.dedupe], [{ kind: 'off' }, { kind: 'off' }, { kind: 'off' }]);
});

test('what an `emit` has wrong is told with its place', () => {
  assert.deepEqual(
    problemsOf(
      `name: a, path: /a, ${OPEN}, emit: "x.\${{ payload.y }}"`,
      `name: b, path: /b, ${OPEN}, emit: Push`,
      `name: c, path: /c, ${OPEN}, emit: "ductile.\${{ body.y }}"`,
    ),
    [
      'error invalid_expression 4:102 webhooks.endpoints[0].emit: unknown name payload; there are headers, query, body',
      'error invalid_event_type 5:95 webhooks.endpoints[1].emit: "Push" is not an event type: lower-case segments [a-z0-9][a-z0-9_-]* joined by dots',
      'error invalid_event_type 6:95 webhooks.endpoints[2].emit: event types that begin with "ductile." are reserved for the core',
    ],
  );
});

test('paths that are equal, or that proxies may take for each other, are refused', () => {
  const at = (name: string, path: string) => `name: ${name}, path: "${path}", ${OPEN}, emit: x.y`;
  assert.deepEqual(problemsOf(at('a', '/hook'), at('b', '/hook'), at('c', '/hook/'), at('d', '/%68ook')), [
    'error duplicate_name 5:24 the path "/hook" is taken by entry 1 of this list',
    'error duplicate_name 6:24 webhooks.endpoints[2].path: proxies may take "/hook/" for "/hook"',
    'error duplicate_name 7:24 webhooks.endpoints[3].path: proxies may take "/%68ook" for "/hook"',
  ]);
  assert.deepEqual(problemsOf(at('a', '/a/../b'), at('b', '/a//b'), at('c', '/%zz')), [
    'error invalid_value 4:24 webhooks.endpoints[0].path: no request bears the path "/a/../b"',
    'error invalid_value 5:24 webhooks.endpoints[1].path: no request bears the path "/a//b"',
    'error invalid_value 6:24 webhooks.endpoints[2].path: no request bears the path "/%zz"',
  ]);
  assert.deepEqual(problemsOf(at('a', '/a'), at('b', '/A'), at('c', '/a/b'), at('d', '/a%2fb')), []);
});

test('a target that is unknown is refused, one that is disabled warned of', () => {
  assert.deepEqual(problemsOf(`name: a, path: /a, ${OPEN}, to: jbo`, `name: b, path: /b, ${OPEN}, to: off`), [
    'error unknown_reference 4:93 no instance is called "jbo"',
    'warning unknown_reference 5:93 webhooks.endpoints[1].to: the instance "off" is disabled; deliveries are refused',
  ]);
});

test('what is about a job is refused where none is made', () => {
  assert.deepEqual(problemsOf(`name: a, path: /a, ${OPEN}, emit: x.y, respond: { wait: 1s }, priority: 1`), [
    'error invalid_value 4:100 webhooks.endpoints[0].respond: expected `to` beside it',
    'error invalid_value 4:123 webhooks.endpoints[0].priority: expected `to` beside it',
  ]);
});

test('networks that are none are refused', () => {
  assert.deepEqual(problemsOf(`name: a, path: /a, ${OPEN}, emit: x.y, allow: [10.0.0.1/8, 10.0.0.0/33]`), [
    'error invalid_value 4:120 webhooks.endpoints[0].allow[1]: "10.0.0.0/33" is no address or network',
  ]);
});

test('two readings of one file do not differ, and a new secret changes its webhook alone', () => {
  const text = endpointsOf(
    `name: a, path: /a, ${GITHUB}, emit: "x.\${{ body.y }}"`,
    `name: b, path: /b, ${GITHUB}, to: job`,
  );
  const before = load(text).snapshot;
  const again = load(text).snapshot;
  assert.equal(again.version, before.version);
  assert.deepEqual(snapshotDifference(before, again).webhooks, { added: [], changed: [], removed: [] });
  const after = load(text.replace(SECRET, 'another-long-secret')).snapshot;
  assert.notEqual(after.version, before.version);
  assert.deepEqual(snapshotDifference(before, after).webhooks, { added: [], changed: ['a'], removed: [] });
});
