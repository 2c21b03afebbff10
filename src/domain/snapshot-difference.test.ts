import assert from 'node:assert/strict';
import { test } from 'node:test';
import { scheduleOf } from '../../test/schedules.ts';
import { endpointOf, instanceOf } from '../../test/values.ts';
import { API_DEFAULTS } from './api-settings.ts';
import { serviceSchema, toServiceConfig } from './config/service.ts';
import { createRedactor } from './redact.ts';
import { compileRoute } from './route-compile.ts';
import type { Snapshot } from './snapshot.ts';
import { isSame, restartKeys, snapshotDifference } from './snapshot-difference.ts';
import { NO_WEBHOOKS } from './webhook/settings.ts';

const service = toServiceConfig(serviceSchema.parse({}), { stateDir: '/state', concurrency: 2 });

function snapshotOf(change: Partial<Snapshot> = {}): Snapshot {
  return {
    version: 'v1',
    file: '/ductile.yaml',
    service,
    listen: { api: '127.0.0.1:8080', webhooks: '127.0.0.1:8081' },
    api: API_DEFAULTS,
    webhooks: NO_WEBHOOKS,
    instances: new Map(['a', 'b'].map((name) => [name, instanceOf({ name })])),
    expectations: [],
    routes: [routeOf('r', 'payload.n > 1')],
    schedules: [{ ...scheduleOf({ every: '1h' }), instance: 'a', id: 'default' }],
    redactor: createRedactor({ secrets: [], keys: [], patterns: [] }),
    secrets: [],
    shown: () => ({ text: '', written: [] }),
    templates: () => ({}),
    ...change,
  };
}

function routeOf(name: string, when: string) {
  const compiled = compileRoute(
    { name, event_type: 'x', to: [{ instance: 'a', command: 'poll' }], when },
    { instances: new Map([['a', ['poll']]]), webhooks: [] },
  );
  assert.ok(compiled.ok);
  return compiled.route;
}

test('two readings of the same files do not differ', () => {
  assert.equal(isSame(snapshotDifference(snapshotOf(), snapshotOf())), true);
  assert.deepEqual(restartKeys(snapshotOf(), snapshotOf()), []);
});

test('what was added, changed and removed is told by name', () => {
  const [schedule] = snapshotOf().schedules;
  assert.ok(schedule !== undefined);
  const difference = snapshotDifference(
    snapshotOf(),
    snapshotOf({
      service: { ...service, concurrency: 9, dedupeWindowMs: 1, logLevel: 'debug' },
      api: { listenChosen: true, publicUrl: 'https://x', hosts: ['x'], openReading: true },
      instances: new Map(['b', 'c'].map((name) => [name, instanceOf({ name, concurrency: 7 })])),
      routes: [routeOf('r', 'payload.n > 2'), routeOf('s', 'true')],
      schedules: [{ ...schedule, id: 'other' }],
      webhooks: {
        publicUrl: 'https://x.example',
        trustedProxies: ['10.0.0.0/8'],
        trusted: () => true,
        addressLimit: { count: 1, perMs: 1 },
        endpoints: [endpointOf('w')],
      },
      expectations: [{ name: 'e', seen: { kind: 'event', eventType: 'x' }, withinMs: 1 }],
    }),
  );
  assert.deepEqual(difference, {
    settings: [
      'service.concurrency',
      'service.dedupe_window',
      'service.log_level',
      'api.hosts',
      'api.open_reading',
      'api.public_url',
      'webhooks.address_limit',
      'webhooks.public_url',
      'webhooks.trusted_proxies',
    ],
    instances: { added: ['c'], changed: ['b'], removed: ['a'] },
    routes: { added: ['s'], changed: ['r'], removed: [] },
    schedules: { added: ['a/other'], changed: [], removed: ['a/default'] },
    expectations: { added: ['e'], changed: [], removed: [] },
    webhooks: { added: ['w'], changed: [], removed: [] },
  });
  assert.equal(isSame(difference), false);
});

test('keys that need a restart are named', () => {
  const after = snapshotOf({
    service: { ...service, stateDir: '/elsewhere', storage: 'postgres://x' },
    listen: { api: '127.0.0.1:1', webhooks: '127.0.0.1:2' },
  });
  assert.deepEqual(restartKeys(snapshotOf(), after), [
    'service.state_dir',
    'service.storage',
    'api.listen',
    'webhooks.listen',
  ]);
});
