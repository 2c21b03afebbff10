import { API_DEFAULTS } from '../../src/domain/api-settings.ts';
import { serviceSchema, toServiceConfig } from '../../src/domain/config/service.ts';
import { DEFAULT_LIMITS, type Instance } from '../../src/domain/instance.ts';
import type { CommandSpec } from '../../src/domain/manifest.ts';
import { createRedactor } from '../../src/domain/redact.ts';
import { compileRoute, type RouteText } from '../../src/domain/route-compile.ts';
import { compileSchedule, type ScheduleInput } from '../../src/domain/schedule.ts';
import type { Snapshot } from '../../src/domain/snapshot.ts';
import { NO_WEBHOOKS } from '../../src/domain/webhook/settings.ts';

/** Schedules whose every slot must be accounted for, as fired or as skipped with a reason. */
export const COUNTED_SCHEDULES: ReadonlyMap<string, number> = new Map([
  ['alpha/ten', 600_000],
  ['beta/quarter', 900_000],
  ['sink/twenty', 1_200_000],
]);

/** The instance that the smaller configuration does not have. */
const REMOVED = 'gamma';

/** What the state of an instance may measure, in bytes. */
export const STATE_BYTES = 1_000;

const SERVICE = {
  name: 'simulation',
  concurrency: 4,
  dedupe_window: '1h',
  shutdown_grace: '30s',
  max_depth: 4,
  max_queued: 40,
};

const INSTANCES: readonly Pick<Instance, 'name' | 'concurrency' | 'rateLimit'>[] = [
  { name: 'alpha', concurrency: 1, rateLimit: null },
  { name: 'beta', concurrency: 2, rateLimit: null },
  { name: 'gamma', concurrency: 3, rateLimit: { count: 4, perMs: 10_000 } },
  { name: 'once', concurrency: 1, rateLimit: null },
  { name: 'sink', concurrency: 2, rateLimit: null },
];

const ROUTES: readonly RouteText[] = [
  { name: 'fan', event_type: 'alpha.made', to: ['sink', 'beta'] },
  {
    name: 'big',
    event_type: 'alpha.made',
    when: 'payload.n > 5',
    to: 'gamma',
    with: { n: '${{ payload.n }}' },
    dedupe_key: 'big:${{ payload.n }}',
  },
  { name: 'loop', event_type: 'sink.*', to: 'alpha', delay: 20_000 },
  { name: 'faulty', event_type: 'beta.made', when: 'payload.missing > 1', to: 'sink' },
  { name: 'outside', from: 'api', event_type: 'ext.*', to: ['gamma', 'once'], priority: 5, max_attempts: 2 },
  { name: 'on-dead', event_type: 'ductile.job.dead', to: 'once' },
  { name: 'on-failed', event_type: 'ductile.job.failed', when: 'payload.instance != "sink"', to: 'sink' },
];

const SCHEDULES: readonly (ScheduleInput & { readonly instance: string })[] = [
  { instance: 'alpha', id: 'ten', every: '10m', overlap: 'skip', catch_up: 'latest' },
  { instance: 'beta', id: 'quarter', every: '15m', overlap: 'queue', catch_up: 'all' },
  { instance: 'sink', id: 'twenty', every: '20m', overlap: 'cancel', catch_up: 'none', max_attempts: 1 },
  { instance: 'once', id: 'start', every: '1h', run_on_start: true, command: 'poll' },
  { instance: 'sink', id: 'day', cron: '30 * * * *', window: { start: '08:00', end: '20:00' }, jitter: '5m' },
];

/** The whole configuration. */
export const WHOLE: Snapshot = snapshotOf('whole', INSTANCES);

/** The same without one instance, whose jobs then can never run. */
export const SMALLER: Snapshot = snapshotOf(
  'smaller',
  INSTANCES.filter(({ name }) => name !== REMOVED),
);

function snapshotOf(version: string, instances: typeof INSTANCES): Snapshot {
  const references = new Map(INSTANCES.map(({ name }) => [name, ['poll', 'handle']] as const));
  return {
    version,
    expectations: [],
    file: '/simulated/ductile.yaml',
    service: toServiceConfig(serviceSchema.parse(SERVICE), { stateDir: '/simulated', concurrency: 4 }),
    listen: { api: '127.0.0.1:8080', webhooks: '127.0.0.1:8081' },
    api: API_DEFAULTS,
    webhooks: NO_WEBHOOKS,
    instances: new Map(instances.map((instance) => [instance.name, instanceOf(instance)])),
    redactor: createRedactor({ secrets: [], keys: [], patterns: [] }),
    secrets: [],
    shown: () => ({ text: '', written: [] }),
    templates: () => ({}),
    routes: ROUTES.map((text) => {
      const compiled = compileRoute(text, { instances: references, webhooks: [] });
      if (!compiled.ok) throw new Error(JSON.stringify(compiled.problems));
      return compiled.route;
    }),
    schedules: SCHEDULES.map(({ instance, ...input }) => {
      const compiled = compileSchedule(input, { instance, defaultTimezone: 'UTC' });
      if (!compiled.ok) throw new Error(JSON.stringify(compiled.problems));
      return compiled.schedule;
    }),
  };
}

function instanceOf({ name, concurrency, rateLimit }: (typeof INSTANCES)[number]): Instance {
  const command = (of: string): CommandSpec => ({
    name: of,
    description: null,
    idempotent: !(name === 'once' && of === 'handle'),
    inputSchema: null,
  });
  return {
    name,
    plugin: name,
    enabled: true,
    manifest: {
      name,
      version: '1.0.0',
      protocol: 1,
      entrypoint: 'run',
      description: null,
      commands: new Map(['poll', 'handle'].map((of) => [of, command(of)])),
      configKeys: { required: [], optional: [], secret: [], paths: [] },
      events: new Map(),
      concurrency,
    },
    program: {
      kind: 'plugin',
      root: '/simulated',
      dir: `/simulated/${name}`,
      entrypoint: `/simulated/${name}/run`,
    },
    config: {},
    env: {},
    concurrency,
    rateLimit,
    retry: { maxAttempts: 3, baseMs: 1_000, capMs: 60_000 },
    breaker: { threshold: 2, resetAfterMs: 1_800_000 },
    timeouts: {},
    defaultTimeoutMs: 60_000,
    containment: { tier: 'group', network: true, noNewPrivs: null },
    runAs: null,
    initHash: null,
    limits: { ...DEFAULT_LIMITS, stateBytes: STATE_BYTES },
  };
}
