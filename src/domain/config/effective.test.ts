import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { instanceOf, manifestOf } from '../../../test/values.ts';
import { API_DEFAULTS } from '../api-settings.ts';
import type { Instance } from '../instance.ts';
import { createRedactor } from '../redact.ts';
import type { Snapshot, WrittenValue } from '../snapshot.ts';
import { NO_WEBHOOKS } from '../webhook/settings.ts';
import { effectiveValues } from './effective.ts';
import type { Path } from './finding.ts';
import { serviceSchema, toServiceConfig } from './service.ts';

/** Each written value stands in a line of its own. */
function snapshotOf(
  values: readonly (readonly [path: Path, value: WrittenValue['value'], reference?: string])[],
  instances: readonly Instance[] = [],
): Snapshot {
  const written = values.map(([path, value, reference = null], at) => {
    return { path, value, reference, location: { file: '/c.yaml', line: at + 1, column: 1 } };
  });
  return {
    version: 'v',
    file: '/c.yaml',
    service: toServiceConfig(serviceSchema.parse({}), { stateDir: '/state', concurrency: 4 }),
    listen: { api: '', webhooks: '' },
    api: API_DEFAULTS,
    webhooks: NO_WEBHOOKS,
    instances: new Map(instances.map((instance) => [instance.name, instance])),
    routes: [],
    expectations: [],
    schedules: [],
    redactor: createRedactor({ secrets: [], keys: [], patterns: [] }),
    secrets: [],
    shown: () => ({ text: '', written }),
    templates: () => ({}),
  };
}

function shown(snapshot: Snapshot): ReadonlyMap<string, string> {
  return new Map(
    effectiveValues(snapshot).map(({ path, value, origin: { kind, location, reference } }) => [
      path,
      [JSON.stringify(value), kind, location?.line, reference].filter((part) => part != null).join(' '),
    ]),
  );
}

describe('the values in force', () => {
  it('of a configuration that says nothing are those that are built in', () => {
    const values = shown(snapshotOf([]));
    assert.equal(values.get('service.timezone'), '"UTC" default');
    assert.equal(values.get('service.retention.events'), '"30d" default');
    assert.equal(values.get('service.concurrency'), '4 default');
    assert.equal(values.get('service.state_dir'), '"/state" default');
    assert.equal(values.get('plugins_dir'), '"./plugins" default');
    assert.ok(![...values.keys()].some((path) => path.startsWith('webhooks') || path.startsWith('defaults')));
  });

  it('have every setting of the service that has a default, as the schema has it', () => {
    const values = effectiveValues(snapshotOf([])).filter(({ path }) => path.startsWith('service.'));
    const tree: Record<string, unknown> = {};
    for (const { path, value } of values) {
      const [, key = '', inner] = path.split('.');
      const map = (tree[key] ?? {}) as Record<string, unknown>;
      tree[key] = inner === undefined ? value : { ...map, [inner]: value };
    }
    const { state_dir: _, concurrency: __, ...rest } = serviceSchema.parse(tree);
    assert.deepEqual(rest, serviceSchema.parse({}));
  });

  it('say where they are set, and by which reference', () => {
    const values = shown(
      snapshotOf([
        [['service', 'name'], 'home'],
        [['service', 'timezone'], 'Europe/Berlin', '${env:ZONE}'],
        [['service', 'heartbeat_url'], '***', '${file:url}'],
        [['service', 'log_level'], 'info', '$${x}'],
        [['service', 'state_dir'], './state'],
        [['service', 'max_depth'], null],
        [['plugins_dir', 0], 'a'],
        [['plugins_dir', 1], 'b'],
        [['routes', 0, 'name'], 'r'],
        [['routes', 0, 'with', 'any', 'deep'], 1],
      ]),
    );
    assert.equal(values.get('service.name'), '"home" file 1');
    assert.equal(values.get('service.timezone'), '"Europe/Berlin" environment 2 ${env:ZONE}');
    assert.equal(values.get('service.heartbeat_url'), '"***" secret_file 3 ${file:url}');
    assert.equal(values.get('service.log_level'), '"info" file 4');
    assert.equal(values.get('service.state_dir'), '"/state" file 5');
    assert.ok(!values.has('service.max_depth'));
    assert.equal(values.get('plugins_dir[1]'), '"b" file 8');
    assert.equal(values.get('routes[0].name'), '"r" file 9');
    assert.equal(values.get('routes[0].with.any.deep'), '1 file 10');
  });

  it('of an instance are those that it runs with: its own, inherited, the manifest’s, built in', () => {
    const instance = instanceOf({
      name: 'a',
      manifest: manifestOf([], { name: 'a', concurrency: 3 }),
      concurrency: 3,
      retry: { maxAttempts: 9, baseMs: 30_000, capMs: 1_800_000 },
      rateLimit: { count: 2, perMs: 60_000 },
      containment: { tier: 'bwrap', network: true, noNewPrivs: null },
      runAs: 'nobody',
    });
    const values = shown(
      snapshotOf(
        [
          [['defaults', 'retry', 'max_attempts'], 9],
          [['defaults', 'containment'], 'bwrap'],
          [['plugins', 'a', 'rate_limit', 'count'], 2],
          [['plugins', 'a', 'run_as'], 'nobody'],
          [['plugins', 'a', 'config', 'city'], 'Ulm'],
          [['plugins', 'a', 'schedules', 0, 'every'], '5m'],
        ],
        [instance],
      ),
    );
    assert.equal(values.get('plugins.a.retry.max_attempts'), '9 defaults 1');
    assert.equal(values.get('plugins.a.containment.tier'), '"bwrap" defaults 2');
    assert.equal(values.get('plugins.a.containment.network'), 'true default');
    assert.equal(values.get('plugins.a.rate_limit.count'), '2 file 3');
    assert.equal(values.get('plugins.a.run_as'), '"nobody" file 4');
    assert.equal(values.get('plugins.a.config.city'), '"Ulm" file 5');
    assert.equal(values.get('plugins.a.schedules[0].every'), '"5m" file 6');
    assert.equal(values.get('plugins.a.concurrency'), '3 manifest 1');
    assert.equal(values.get('plugins.a.limits.stdout'), '"10MiB" default');
    assert.ok(!values.has('plugins.a.limits.memory'), 'what nothing bounds');
  });
});
