import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { decode } from './decode.ts';
import { execSchema, toExecConfig } from './exec.ts';
import { NOT_YET, notYet } from './not-yet.ts';
import { mergePolicies } from './policies.ts';
import { configSchema } from './root.ts';
import { serviceSchema, toServiceConfig } from './service.ts';

function codes(tree: unknown): readonly string[] {
  const decoded = decode(configSchema, { value: tree, path: [], written: () => null, source: () => null });
  return decoded.ok ? [] : decoded.findings.map(({ code, path }) => `${code} ${path.join('.')}`);
}

const ENDPOINT = { name: 'w', path: '/w', emit: 'a.b' };

function endpoint(verify: unknown, more: object = {}): unknown {
  return { webhooks: { endpoints: [{ ...ENDPOINT, verify, ...more }] } };
}

describe('the schema of the configuration', () => {
  it('takes every section at once', () => {
    const tree = {
      service: {
        retention: { events: '1d' },
        redact: { keys: ['pin'], patterns: ['id-(\\d+)'] },
        on_failure: { to: 'notify' },
        heartbeat_url: 'https://x.y/z',
      },
      plugins_dir: ['./a', './b'],
      defaults: { retry: { base: '1s' }, containment: 'group' },
      plugins: {
        notify: {
          uses: 'exec',
          config: { argv: ['true'] },
          env: { A: '1' },
          schedules: [{ every: '1h' }],
          run_as: 'me',
        },
        other: null,
      },
      routes: [
        {
          name: 'r',
          event_type: 'a.*',
          to: ['notify', { instance: 'other', command: 'poll' }],
          with: { a: [1] },
          delay: '5m',
        },
      ],
      webhooks: { listen: '[::1]:8081', public_url: 'https://x', trusted_proxies: ['10.0.0.0/8'], endpoints: [] },
      api: { listen: 'localhost:8080', open_reading: true, hosts: ['gate'], public_url: 'https://x:1' },
      expect: [{ name: 'e', event_type: 'a.b', within: '26h' }],
      include: ['more/*.yaml'],
    };
    assert.deepEqual(codes(tree), []);
  });

  const REFUSED: readonly (readonly [unknown, readonly string[]])[] = [
    [{ api: { listen: 'x' } }, ['invalid_value api.listen']],
    [{ api: { listen: 'x:99999' } }, ['invalid_value api.listen']],
    [
      { api: { hosts: ['a:1'], public_url: 'https://x/path' } },
      ['invalid_value api.public_url', 'invalid_value api.hosts.0'],
    ],
    [{ api: { listen: 'none', open_reading: true } }, []],
    [{ api: { listen: '[::1]:1', open_reading: true } }, []],
    [{ api: { listen: '0.0.0.0:8080', open_reading: true } }, ['invalid_value api.open_reading']],
    [{ api: { listen: 'gate.lan:8080', open_reading: true } }, ['invalid_value api.open_reading']],
    [{ service: { redact: { patterns: ['('] } } }, ['invalid_value service.redact.patterns.0']],
    [{ service: { storage: 'mysql://x' } }, ['invalid_value service.storage']],
    [
      { plugins: { a: { env: { A: 'x\0y', DUCTILE_X: '1' } } } },
      ['invalid_value plugins.a.env.A', 'invalid_name plugins.a.env.DUCTILE_X'],
    ],
    [endpoint({ scheme: 'none' }), ['missing_key webhooks.endpoints.0.verify']],
    [endpoint({ scheme: 'hmac', secrets: ['x'] }), ['missing_key webhooks.endpoints.0.verify']],
    [endpoint({ scheme: 'basic', secrets: ['x'] }), ['missing_key webhooks.endpoints.0.verify']],
    [endpoint({ scheme: 'github' }), ['missing_key webhooks.endpoints.0.verify']],
    [endpoint({ scheme: 'github', secrets: ['x'] }, { emit: undefined }), ['missing_key webhooks.endpoints.0']],
    [endpoint({ scheme: 'none', i_understand_this_is_public: true }), []],
    [
      endpoint({ scheme: 'github', secrets: ['x'], header: 'X-Sig' }),
      ['invalid_value webhooks.endpoints.0.verify.header'],
    ],
    [
      endpoint({ scheme: 'standard', secrets: ['%', 5] }),
      ['wrong_type webhooks.endpoints.0.verify.secrets.1', 'invalid_value webhooks.endpoints.0.verify.secrets.0'],
    ],
    [
      endpoint({ scheme: 'hmac', secrets: ['x'], header: 'X-Sig', signed: '{x}{body}' }),
      ['invalid_value webhooks.endpoints.0.verify.signed'],
    ],
    [
      endpoint({ scheme: 'hmac', secrets: ['x'], header: 'X-Sig', signed: '{id}{timestamp}' }),
      [
        'invalid_value webhooks.endpoints.0.verify.signed',
        'missing_key webhooks.endpoints.0.verify',
        'missing_key webhooks.endpoints.0.verify',
      ],
    ],
    [
      endpoint({ scheme: 'hmac', secrets: ['x'], header: 'X-Sig', timestamp_header: 'X-Time' }),
      ['invalid_value webhooks.endpoints.0.verify.timestamp_header'],
    ],
    [
      endpoint({ scheme: 'github', secrets: ['x'] }, { challenge: { kind: 'meta' } }),
      ['missing_key webhooks.endpoints.0.challenge'],
    ],
    [
      endpoint({ scheme: 'github', secrets: ['x'] }, { challenge: { kind: 'microsoft', token: 'x' } }),
      ['invalid_value webhooks.endpoints.0.challenge.token'],
    ],
    [
      endpoint({ scheme: 'github', secrets: ['x'] }, { challenge: { kind: 'microsoft' }, respond: { wait: '10s' } }),
      [],
    ],
    [
      endpoint({ scheme: 'github', secrets: ['x'] }, { max_body: '26MiB', dedupe: 'sometimes' }),
      ['invalid_size webhooks.endpoints.0.max_body', 'invalid_value webhooks.endpoints.0.dedupe'],
    ],
  ];
  for (const [tree, wanted] of REFUSED) {
    it(`finds ${wanted.join(' and ') || 'nothing'} in ${JSON.stringify(tree)}`, () =>
      assert.deepEqual(codes(tree), wanted));
  }
});

describe('the service section', () => {
  it('has a default for everything', () => {
    const service = toServiceConfig(serviceSchema.parse({}), { stateDir: '/s', concurrency: 4 });
    assert.deepEqual(service, {
      name: 'ductile',
      stateDir: '/s',
      timezone: 'UTC',
      concurrency: 4,
      dedupeWindowMs: 86_400_000,
      shutdownGraceMs: 30_000,
      maxDepth: 16,
      maxQueued: 100_000,
      maxHoldMs: 86_400_000,
      onRemove: 'run',
      watch: false,
      strictPlugins: false,
      verifyPlugins: 'off',
      logLevel: 'info',
      retention: {
        succeededMs: 14 * 86_400_000,
        deadLettersMs: 90 * 86_400_000,
        eventsMs: 30 * 86_400_000,
        decisionsMs: 30 * 86_400_000,
        deliveriesMs: 30 * 86_400_000,
        rejectedDeliveriesMs: 7 * 86_400_000,
      },
      redact: { keys: [], patterns: [] },
      onFailure: null,
      backup: null,
      heartbeatUrl: null,
      otlp: null,
      storage: 'sqlite',
    });
  });
});

describe('the policies of an instance', () => {
  it('are the built-in ones unless a layer says otherwise, the last one winning key by key', () => {
    const policies = mergePolicies(
      { retry: { max_attempts: 9, base: 1 }, timeouts: { poll: 1, sync: 2 }, limits: { events: 3 } },
      { retry: { base: 2 }, timeouts: { sync: 3 }, rate_limit: { count: 1, per: 2 }, breaker: { threshold: 1 } },
    );
    assert.deepEqual(policies.retry, { maxAttempts: 9, baseMs: 2, capMs: 1_800_000 });
    assert.deepEqual(policies.timeouts, { poll: 1, handle: 120_000, health: 10_000, init: 30_000, sync: 3 });
    assert.equal(policies.defaultTimeoutMs, 60_000);
    assert.deepEqual(policies.rateLimit, { count: 1, perMs: 2 });
    assert.deepEqual(policies.breaker, { threshold: 1, resetAfterMs: 1_800_000 });
    assert.equal(policies.limits.events, 3);
    assert.equal(mergePolicies().rateLimit, null);
  });
});

describe('the configuration of exec', () => {
  const REFUSED = [
    {},
    { argv: ['a'], shell: 'b' },
    { argv: [] },
    { argv: [''] },
    { argv: ['a\0b'] },
    { argv: [5] },
    { shell: 'x', emit: 'ductile.x' },
    { shell: 'x', emit: 'A b' },
    { shell: 1 },
  ];
  for (const config of REFUSED) {
    it(`refuses ${JSON.stringify(config)}`, () => assert.equal(execSchema.safeParse(config).success, false));
  }

  it('has defaults', () => {
    assert.deepEqual(toExecConfig(execSchema.parse({ shell: 'date' })), {
      argv: null,
      shell: 'date',
      stdin: 'none',
      env: {},
      emit: null,
      idempotent: true,
    });
    assert.deepEqual(toExecConfig(execSchema.parse({ argv: ['date'], emit: 'a.b' })).emit, 'a.b');
  });
});

describe('what this version does not act on', () => {
  it('is refused or warned of where it is set, and nowhere else', () => {
    const tree = {
      service: { on_failure: { to: 'a' }, storage: 'postgres://db' },
      plugins: { a: { run_as: 'x', containment: 'group' }, c: null },
      api: { listen: 'none' },
    };
    const found = notYet(tree).map(({ severity, path }) => `${severity} ${path.join('.')}`);
    assert.deepEqual(found, ['error service.storage']);
    assert.deepEqual(notYet({ plugins: [] }), []);
  });

  it('is part of the schema, every line of it', () => {
    for (const { at } of NOT_YET) assert.ok(Object.keys(configSchema.shape).includes(at.split('.')[0] ?? ''), at);
  });
});
