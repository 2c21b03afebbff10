import { rmSync } from 'node:fs';
import type { LoadedSnapshot } from '../disk/build-snapshot.ts';
import type { Sources } from '../disk/sources.ts';
import { createFileWatch } from '../disk/watch-files.ts';
import { createAuthentication } from '../engine/authentication.ts';
import { createBackups } from '../engine/backups.ts';
import { createBus } from '../engine/bus.ts';
import { createClockWatch } from '../engine/clock-watch.ts';
import { containAll, containmentWarnings } from '../engine/containment.ts';
import { coreEvent } from '../engine/core-event.ts';
import { createOperations } from '../engine/create-operations.ts';
import { createDispatcher } from '../engine/dispatcher.ts';
import { createEnqueue } from '../engine/enqueue.ts';
import { createExpectations } from '../engine/expectations.ts';
import { createFailureMessages } from '../engine/failure-messages.ts';
import { createHeartbeat } from '../engine/heartbeat.ts';
import { createInits } from '../engine/inits.ts';
import { createPruner, type Recovery } from '../engine/janitor.ts';
import { collectMetrics } from '../engine/metrics/collect.ts';
import { createMeters } from '../engine/metrics/meters.ts';
import type { Operations } from '../engine/operations.ts';
import type { EngineParts } from '../engine/parts.ts';
import { createReloader } from '../engine/reload.ts';
import { createScheduler } from '../engine/scheduler.ts';
import { createSnapshots } from '../engine/snapshots.ts';
import { createSweeper } from '../engine/sweeper.ts';
import { STRAY_GRACE_MS } from '../engine/take-state-dir.ts';
import { createTracer } from '../engine/tracer.ts';
import { createWebhooks } from '../engine/webhooks.ts';
import { createGuard } from '../http/guard.ts';
import { createApiListener } from '../http/listener.ts';
import { createApi } from '../http/server.ts';
import { createWebhookListener } from '../http/webhooks/listener.ts';
import { callAddress } from '../platform/call-address.ts';
import { systemClock } from '../platform/clock.ts';
import { reach } from '../platform/fault-point.ts';
import { postJson } from '../platform/post-json.ts';
import { createLoadWatch } from '../platform/process-load.ts';
import { systemSecret } from '../platform/secret.ts';
import { openApiSocket } from './api-socket.ts';
import { followWebhooks } from './follow-webhooks.ts';
import { type GatewayOptions, take } from './parts.ts';

/** What a gateway at work needs besides: how to read everything anew. */
export interface StartOptions extends GatewayOptions {
  /** Reads the configuration again; `secrets` are masked besides those it finds. Throws OperatorError. */
  readonly load: (secrets: readonly string[]) => LoadedSnapshot;
  /** What the snapshot was read from. */
  readonly sources: Sources;
  /** Of Ductile, as metrics tell it. */
  readonly version: string;
}

/** A gateway at work. */
export interface Gateway {
  readonly operations: Operations;
  readonly recovery: Recovery;
  /** Path of the Unix socket the command line talks to. */
  readonly socketPath: string;
  /** Where webhooks are listened for; null: there are none. */
  readonly webhooksAt: string | null;
  /** Where the API listens besides the socket; null: nowhere. */
  readonly apiAt: string | null;
  /** Kills every process of this gateway at once. */
  kill(): Promise<void>;
  /** Accepts and claims nothing more, lets running attempts end within the grace, closes everything. */
  stop(): Promise<void>;
}

/**
 * Takes the state directory, mends what the previous run left behind and starts every part in order; a failed start
 * stops what had been started. Throws OperatorError `already_running`, `storage_refused` or `schema_newer`.
 */
export async function startGateway(options: StartOptions): Promise<Gateway> {
  // Whatever is started goes onto the stack and is stopped in reverse order, each part whatever becomes of the others.
  await using stack = new AsyncDisposableStack();
  const snapshots = createSnapshots(options.snapshot);
  const meters = createMeters();
  const bus = createBus();
  meters.follow(bus);
  const tracer = createTracer(
    { clock: systemClock, log: options.log.child('traces'), snapshot: snapshots.current, bus },
    { post: postJson, version: options.version },
  );
  // After everything else: what ends while the gateway stops is told, too.
  stack.defer(() => tracer.stop());
  const base = await take({ ...options, bus, meter: meters.store }, snapshots);
  stack.defer(async () => {
    reach('stop.drained');
    await base.release();
    reach('stop.closed');
  });
  const { parts } = base;
  const stopping = new AbortController();
  const dispatcher = createDispatcher(parts);
  const wake = (): void => {
    dispatcher.wake();
    reloader.hear();
    expectations.hear();
  };
  const enqueue = createEnqueue(parts, wake);
  const inits = createInits(parts, wake);
  const failures = createFailureMessages(parts, wake);
  const expectations = createExpectations(parts, { wake, missed: failures.hear });
  const heartbeat = createHeartbeat(parts, callAddress);
  const authentication = createAuthentication(parts);
  const load = createLoadWatch(parts.clock);
  const startedAt = parts.clock.now();
  const backups = createBackups(parts, { wake, hear: failures.hear });
  const operations = createOperations(parts, {
    enqueue,
    reload: (by) => reloader.reload(by),
    preview: (request) => reloader.preview(request),
    running: true,
    pid: options.pid,
    startedAt,
    schedules: async () => scheduler.views(),
    skipSlot: (schedule, slotAt, commit) => scheduler.skip(schedule, slotAt, commit),
    pauseSchedule: (schedule, pausedAt, commit) => scheduler.pause(schedule, pausedAt, commit),
    backups,
    held: dispatcher.held,
    dispatching: dispatcher.isAtWork,
    stopping: stopping.signal,
    endAttempt: dispatcher.cancel,
    wake: dispatcher.wake,
    retryInit: inits.look,
    webhooksAt: () => listener.address(),
    apiAt: () => apiListener.address(),
    newSecret: systemSecret,
    tokenEnded: authentication.ended,
    metrics: () =>
      collectMetrics(parts, {
        meters,
        load,
        version: options.version,
        startedAt,
        held: dispatcher.held,
        busy: () => dispatcher.active().size,
        linesLost: () => options.ring?.lost() ?? 0,
        spans: tracer.counts,
      }),
  });
  const scheduler = createScheduler(parts, { wake, cancel: (jobId) => operations.cancel(jobId) });
  const watch = createFileWatch({
    clock: parts.clock,
    warn: (message) => parts.log.child('reload').warn(message),
    onChange: () => void reloader.reload('a changed file').catch(() => {}),
  });
  const follow = (sources: Sources): void => watch.follow(parts.snapshot().service.watch ? sources : null);
  let { sources } = options;
  const reloader = createReloader(parts, {
    snapshots,
    scheduler,
    wake: dispatcher.wake,
    contain: (next) => containAll(next, { path: options.environment['PATH'], log: parts.log }),
    uncontained: (next) => containmentWarnings(next, options.environment['PATH']),
    load(secrets) {
      const loaded = options.load(secrets);
      ({ sources } = loaded);
      return loaded;
    },
    listen: () => followWebhooks(listener, { snapshot: parts.snapshot(), log: parts.log.child('webhooks') }),
    done() {
      follow(sources);
      apiListener.follow(parts.snapshot()).catch((error: unknown) => {
        parts.log.child('api').error(error instanceof Error ? error.message : String(error));
      });
      authentication.follow();
      void inits.look();
      void expectations.look();
      void failures.look();
      heartbeat.follow();
      backups.follow();
    },
  });
  const pruner = createPruner(parts);
  const clockWatch = createClockWatch(parts, dispatcher.wake);
  const sweeper = createSweeper(parts, () => base.sweep({ keep: dispatcher.active(), graceMs: STRAY_GRACE_MS }));
  const webhooks = createWebhooks(parts, { enqueue, wait: operations.wait, answered: meters.delivered });
  const listener = createWebhookListener({ webhooks, clock: parts.clock, log: parts.log.child('webhooks') });
  const guard = createGuard({
    authentication,
    settings: () => parts.snapshot().api,
    listen: () => parts.snapshot().listen.api,
    clock: parts.clock,
    log: parts.log.child('api'),
  });
  const apiListener = createApiListener({
    newApi: () => createApi({ operations, log: parts.log.child('api'), environment: options.environment, guard }),
    authentication,
    log: parts.log.child('api'),
  });
  const api = createApi({ operations, log: parts.log.child('api'), environment: options.environment });

  const { stateDir } = options.snapshot.service;
  const socket = await openApiSocket({ api, stateDir, clock: parts.clock, log: parts.log.child('api') });
  const socketPath = socket.path;
  stack.defer(() => rmSync(socketPath, { force: true }));
  stack.defer(() => api.close());
  stack.defer(() => socket.stop());
  // Open to the end, so that senders are told to come again while jobs may still end; nothing is taken before it listens.
  stack.defer(() => webhooks.stop());
  stack.defer(() => listener.close());
  stack.defer(() => apiListener.close());
  stack.defer(() => load.stop());
  clockWatch.start();
  stack.defer(() => clockWatch.stop());
  sweeper.start();
  stack.defer(() => sweeper.stop());
  dispatcher.start();
  stack.defer(() => dispatcher.stop(parts.snapshot().service.shutdownGraceMs));
  await inits.look();
  stack.defer(() => inits.stop());
  await tellStart(parts, wake);
  stack.defer(
    parts.bus.subscribe(({ status }) => {
      if (status === 'failed' || status === 'dead') failures.hear();
    }),
  );
  await failures.look();
  stack.defer(() => failures.stop());
  stack.defer(parts.bus.subscribe(expectations.hear));
  await expectations.look();
  stack.defer(() => expectations.stop());
  pruner.start();
  stack.defer(() => pruner.stop());
  stack.defer(() => scheduler.stop());
  await scheduler.start();
  stack.defer(() => reloader.stop());
  follow(sources);
  stack.defer(() => watch.stop());
  heartbeat.follow();
  stack.defer(() => heartbeat.stop());
  backups.follow();
  stack.defer(() => backups.stop());
  await listener.follow(options.snapshot.listen.webhooks);
  await apiListener.follow(options.snapshot);
  stack.defer(() => {
    reach('stop.draining');
    enqueue.close();
    stopping.abort();
  });
  const running = stack.move();
  let stopped: Promise<void> | null = null;
  return {
    operations,
    recovery: base.recovery,
    socketPath,
    get webhooksAt() {
      return listener.address();
    },
    get apiAt() {
      return apiListener.address();
    },
    async kill() {
      // First told, then killed: an attempt that seems to end by itself would be charged for it.
      dispatcher.interrupt();
      await base.sweep({ keep: new Set(), recorded: base.register.leaders(), graceMs: 0 });
    },
    stop: () => {
      stopped ??= running.disposeAsync();
      return stopped;
    },
  };
}

/** Records the core's event about the start where something waits for it; a storage that refuses is no reason not to start. */
async function tellStart(parts: EngineParts, wake: () => void): Promise<void> {
  const { name } = parts.snapshot().service;
  const payload = { name, config_version: parts.snapshot().version };
  const routed = coreEvent(parts, { type: 'ductile.gateway.started', payload });
  if (routed === null) return;
  try {
    await parts.store.commit({ kind: 'emit', routed });
    wake();
  } catch (error) {
    parts.log.warn('the start could not be recorded', { error: error instanceof Error ? error.message : error });
  }
}
