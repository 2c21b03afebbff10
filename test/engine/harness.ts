import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { API_DEFAULTS } from '../../src/domain/api-settings.ts';
import type { Instance } from '../../src/domain/instance.ts';
import type { JobStatus } from '../../src/domain/job.ts';
import type { Json } from '../../src/domain/json.ts';
import type { CommandSpec } from '../../src/domain/manifest.ts';
import type { KeptResponse, Outcome, Run } from '../../src/domain/outcome.ts';
import { createRedactor } from '../../src/domain/redact.ts';
import type { EmittedEvent, Response } from '../../src/domain/response.ts';
import { compileRoute } from '../../src/domain/route-compile.ts';
import { compileSchedule, type ScheduleInput } from '../../src/domain/schedule.ts';
import type { Snapshot } from '../../src/domain/snapshot.ts';
import { NO_WEBHOOKS } from '../../src/domain/webhook/settings.ts';
import { type Bus, createBus } from '../../src/engine/bus.ts';
import { createLiveOutput } from '../../src/engine/live-output.ts';
import type { EngineParts } from '../../src/engine/parts.ts';
import { expectationRow } from '../../src/engine/sync-rows.ts';
import { silentLog } from '../../src/platform/log.ts';
import type { RunRequest } from '../../src/runner/run-plugin.ts';
import type { Store } from '../../src/store/port.ts';
import { openSqliteStore } from '../../src/store/sqlite/open.ts';
import { commandOf, emittedOf, evidenceOf, instanceOf, manifestOf, okResponse } from '../values.ts';
import { type ManualClock, manualClock } from './manual-clock.ts';

/** Noon, 23 November 2026, UTC. */
export const NOON = 1_795_435_200_000;

/** What a scripted plugin does with one request. */
export type Script = (request: RunRequest) => Outcome | Promise<Outcome>;

/** An engine over a real SQLite file, with a clock that stands still and scripted plugins. */
export interface Harness {
  readonly parts: EngineParts;
  readonly clock: ManualClock;
  readonly store: Store;
  readonly bus: Bus;
  /** Requests that reached a plugin, in order. */
  readonly requests: readonly RunRequest[];
  /** Resolves when the bus reports a job of the instance in the status. */
  seen(instance: string, status: JobStatus): Promise<string>;
  /** Lets everything that is under way without the clock come to rest. */
  settle(): Promise<void>;
  use(snapshot: Snapshot): Promise<void>;
}

/** Settings of a harness; names of instances lead to what their plugin does. */
export interface HarnessOptions {
  readonly plugins: Readonly<Record<string, Script>>;
  readonly instances?: Readonly<Record<string, Partial<Instance>>>;
  readonly commands?: readonly Partial<CommandSpec>[];
  readonly routes?: readonly Record<string, Json>[];
  readonly schedules?: readonly (ScheduleInput & { readonly instance: string })[];
  readonly expectations?: Snapshot['expectations'];
  readonly service?: Partial<Snapshot['service']>;
  readonly start?: number;
  readonly dir?: string;
}

/** What outlives a harness and cleans up after it: a test, or a benchmark. */
export interface Scope {
  after(work: () => unknown): void;
}

/** Opens a harness whose files go with the test. */
export async function harness(t: Scope, options: HarnessOptions): Promise<Harness> {
  const dir = options.dir ?? temporaryDir(t);
  const clock = manualClock(options.start ?? NOON);
  const store = openSqliteStore({ dir });
  t.after(() => store.close());
  const bus = createBus();
  const requests: RunRequest[] = [];
  let snapshot = snapshotOf(options);
  let ids = 0;
  const parts: EngineParts = {
    store,
    bus,
    liveOutput: createLiveOutput(),
    clock,
    log: silentLog,
    random: () => 0,
    newId() {
      ids += 1;
      return `id-${String(ids).padStart(6, '0')}-${dir.slice(-6)}`;
    },
    snapshot: () => snapshot,
    lastSnapshotWith: () => snapshot,
    gatewayId: 'gateway-under-test',
    directories: {
      workspace: (root) => join(dir, 'work', root),
      instance: (name) => join(dir, 'instances', name),
      stderrFile: (jobId, attempt) => join(dir, `${jobId}.${attempt}`),
      removeWorkspace: async () => {},
      workspaces: () => [],
      stderrFiles: () => [],
      removeFile: () => {},
    },
    async run(request) {
      requests.push(request);
      const script = options.plugins[request.instance.name];
      if (script === undefined) throw new Error(`no script for ${request.instance.name}`);
      const startedAt = clock.now();
      return ended(await script(request), { startedAt, endedAt: clock.now() });
    },
  };
  const use = async (next: Snapshot): Promise<void> => {
    snapshot = next;
    await store.commit({
      kind: 'sync',
      at: clock.now(),
      instances: [...next.instances.values()].map(({ name, concurrency, rateLimit, initHash }) => ({
        name,
        cap: concurrency,
        rateLimit,
        initHash,
      })),
      schedules: next.schedules.map(({ instance, id, hash }) => ({ instance, id, hash })),
      expectations: next.expectations.map(expectationRow),
      watchesFailures: next.service.onFailure !== null,
    });
  };
  await use(snapshot);
  return {
    parts,
    clock,
    store,
    bus,
    requests,
    use,
    seen(instance, status) {
      return new Promise((resolve) => {
        const forget = bus.subscribe((news) => {
          if (news.instance !== instance || news.status !== status) return;
          forget();
          resolve(news.jobId);
        });
      });
    },
    async settle() {
      // A commit takes a few turns of the loop; a store that is asked nothing new for a while has come to rest.
      for (let quiet = 0, calls = -1; quiet < 20; quiet += 1) {
        await new Promise<void>((resolve) => {
          setImmediate(resolve);
        });
        const now = store.counters().calls;
        if (now !== calls) quiet = 0;
        calls = now;
      }
    },
  };
}

/** A folder that goes with the test. */
export function temporaryDir(t: Scope): string {
  const dir = mkdtempSync(join(tmpdir(), 'ductile-engine-'));
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

/** A well-formed `ok`. */
export function ok(change: Partial<Response> = {}): Outcome {
  return { kind: 'answered', response: okResponse(change) };
}

/** An event as a response carries it. */
export function emitted(type: string, payload: Json = {}, change: Partial<EmittedEvent> = {}): EmittedEvent {
  return emittedOf({ type, payload, ...change });
}

/** A snapshot made without files. */
export function snapshotOf({
  plugins,
  instances = {},
  commands,
  routes = [],
  schedules = [],
  expectations = [],
  service,
}: HarnessOptions): Snapshot {
  const specs = (commands ?? [{ name: 'poll' }, { name: 'handle' }]).map(commandOf);
  const made = new Map(
    Object.keys(plugins).map((name): [string, Instance] => {
      const manifest = manifestOf(specs, { name });
      return [name, instanceOf({ name, manifest, ...instances[name] })];
    }),
  );
  const redactor = createRedactor({ secrets: [], keys: [], patterns: [] });
  return {
    version: 'version-1',
    expectations,
    file: '/nowhere/ductile.yaml',
    service: { ...SERVICE, ...service },
    listen: { api: '127.0.0.1:8080', webhooks: '127.0.0.1:8081' },
    api: API_DEFAULTS,
    webhooks: NO_WEBHOOKS,
    instances: made,
    redactor,
    secrets: [],
    shown: () => ({ text: 'service:\n  name: harness\n', written: [] }),
    templates: () => ({}),
    routes: routes.map((route) => {
      const compiled = compileRoute(route as never, {
        instances: new Map([...made.values()].map(({ name, manifest }) => [name, [...manifest.commands.keys()]])),
        webhooks: [],
      });
      if (!compiled.ok) throw new Error(JSON.stringify(compiled.problems));
      return compiled.route;
    }),
    schedules: schedules.map(({ instance, ...input }) => {
      const compiled = compileSchedule(input, { instance, defaultTimezone: 'UTC' });
      if (!compiled.ok) throw new Error(JSON.stringify(compiled.problems));
      return compiled.schedule;
    }),
  };
}

const SERVICE = {
  name: 'test',
  backup: null,
  stateDir: '/nowhere',
  timezone: 'UTC',
  concurrency: 4,
  dedupeWindowMs: 86_400_000,
  shutdownGraceMs: 30_000,
  maxDepth: 16,
  maxQueued: 1_000,
  maxHoldMs: 86_400_000,
  onFailure: null,
} as Snapshot['service'];

function ended(outcome: Outcome, times: { startedAt: number; endedAt: number }): Run & KeptResponse {
  const evidence = evidenceOf({ ...times, exitCode: outcome.kind === 'exited' ? 1 : 0 });
  return { outcome, evidence, response: null, truncated: false };
}
