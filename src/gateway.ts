import { chmodSync, rmSync } from 'node:fs';
import type { FastifyInstance } from 'fastify';
import type { LoadedSnapshot } from './disk/build-snapshot.ts';
import { directoriesIn } from './disk/directories.ts';
import { prepareSocketDir, socketPathOf } from './disk/socket-path.ts';
import type { Sources } from './disk/sources.ts';
import { inspectProgram } from './disk/trust.ts';
import { createFileWatch } from './disk/watch-files.ts';
import { OperatorError } from './domain/errors.ts';
import type { Snapshot } from './domain/snapshot.ts';
import { createBus } from './engine/bus.ts';
import { createClockWatch } from './engine/clock-watch.ts';
import { containAll, containmentWarnings } from './engine/containment.ts';
import { createDispatcher, type Dispatcher } from './engine/dispatcher.ts';
import { createEnqueue } from './engine/enqueue.ts';
import { createInits } from './engine/inits.ts';
import { createPruner, type Recovery } from './engine/janitor.ts';
import { createOperations, type Machinery, type Operations } from './engine/operations.ts';
import type { EngineParts } from './engine/parts.ts';
import { createReloader } from './engine/reload.ts';
import { createScheduler, idleSchedules } from './engine/scheduler.ts';
import { createSnapshots, type Snapshots } from './engine/snapshots.ts';
import { createSweeper } from './engine/sweeper.ts';
import { type Base, STRAY_GRACE_MS, takeStateDir } from './engine/take-state-dir.ts';
import { createApi } from './http/server.ts';
import { systemClock } from './platform/clock.ts';
import { reach } from './platform/fault-point.ts';
import { systemIds } from './platform/ids.ts';
import type { Log } from './platform/log.ts';
import { systemRandom } from './platform/random.ts';
import type { ProcessRegister } from './runner/process-register.ts';
import { createRunPlugin } from './runner/run-plugin.ts';
import type { Store } from './store/port.ts';
import { openSqliteStore } from './store/sqlite/open.ts';

/** What a gateway is started with. */
export interface GatewayOptions {
  readonly snapshot: Snapshot;
  readonly log: Log;
  /** The process's own environment, of which plugins get the allow-list. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly pid: number;
}

/** What a gateway at work needs besides: how to read everything anew. */
export interface StartOptions extends GatewayOptions {
  /** Reads the configuration again; `secrets` are masked besides those it finds. Throws OperatorError. */
  readonly load: (secrets: readonly string[]) => LoadedSnapshot;
  /** What the snapshot was read from. */
  readonly sources: Sources;
}

/** A gateway at work. */
export interface Gateway {
  readonly operations: Operations;
  readonly recovery: Recovery;
  /** Path of the Unix socket the command line talks to. */
  readonly socketPath: string;
  /** Kills every process of this gateway at once. */
  kill(): Promise<void>;
  /** Accepts and claims nothing more, lets running attempts end within the grace, closes everything. */
  stop(): Promise<void>;
}

/** A gateway's files without anybody dispatching; `runOnly` runs the attempts of one job. */
export interface Dormant {
  readonly operations: Operations;
  /** The API over the operations, for requests without a socket. */
  readonly api: FastifyInstance;
  /** Runs attempts of this one job until `stop` resolves or it has ended; other jobs stay queued. */
  runOnly(jobId: string): Dispatcher;
  close(): Promise<void>;
}

/**
 * Takes the state directory, mends what the previous run left behind and starts every part in order; a failed start
 * stops what had been started. Throws OperatorError `already_running`, `storage_refused` or `schema_newer`.
 */
export async function startGateway(options: StartOptions): Promise<Gateway> {
  // Whatever is started goes onto the stack and is stopped in reverse order, each part whatever becomes of the others.
  await using stack = new AsyncDisposableStack();
  const snapshots = createSnapshots(options.snapshot);
  const base = await take(options, snapshots);
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
  };
  const enqueue = createEnqueue(parts, wake);
  const inits = createInits(parts, wake);
  const operations = createOperations(parts, {
    enqueue,
    reload: (by) => reloader.reload(by),
    preview: (request) => reloader.preview(request),
    running: true,
    pid: options.pid,
    startedAt: parts.clock.now(),
    schedules: async () => scheduler.views(),
    pauseSchedule: (schedule, pausedAt, commit) => scheduler.pause(schedule, pausedAt, commit),
    held: dispatcher.held,
    stopping: stopping.signal,
    endAttempt: dispatcher.cancel,
    wake: dispatcher.wake,
    retryInit: inits.look,
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
    done() {
      follow(sources);
      void inits.look();
    },
  });
  const pruner = createPruner(parts);
  const clockWatch = createClockWatch(parts, dispatcher.wake);
  const sweeper = createSweeper(parts, () => base.sweep({ keep: dispatcher.active(), graceMs: STRAY_GRACE_MS }));
  const api = createApi({ operations, caller: CLI, log: parts.log.child('api') });

  const socketPath = await listen(api, options.snapshot.service.stateDir);
  stack.defer(() => rmSync(socketPath, { force: true }));
  stack.defer(() => api.close());
  clockWatch.start();
  stack.defer(() => clockWatch.stop());
  sweeper.start();
  stack.defer(() => sweeper.stop());
  dispatcher.start();
  stack.defer(() => dispatcher.stop(parts.snapshot().service.shutdownGraceMs));
  await inits.look();
  stack.defer(() => inits.stop());
  pruner.start();
  stack.defer(() => pruner.stop());
  stack.defer(() => scheduler.stop());
  await scheduler.start();
  stack.defer(() => reloader.stop());
  follow(sources);
  stack.defer(() => watch.stop());
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

/** Opens a gateway's files to read them, beside a gateway or without one. */
export async function openForReading(options: GatewayOptions): Promise<Dormant> {
  const store = openSqliteStore({ dir: options.snapshot.service.stateDir, readOnly: true });
  const parts = partsOf(options, createSnapshots(options.snapshot), { store, gatewayId: '' });
  return dormant(parts, options, () => store.close());
}

/** Takes the state directory to change something or to run one job; throws OperatorError `already_running`. */
export async function openForWriting(options: GatewayOptions): Promise<Dormant> {
  const base = await take(options, createSnapshots(options.snapshot));
  return dormant(base.parts, options, base.release);
}

/** What jobs and events from the command line are marked with. */
const CLI = { submittedBy: 'cli', source: 'cli' };

/** Takes the state directory for the snapshot that is in force at first. */
function take(options: GatewayOptions, snapshots: Snapshots): Promise<Base> {
  const { snapshot, log, environment, pid } = options;
  const mask = (text: string): string => snapshots.current().redactor.text(text);
  const dir = snapshot.service.stateDir;
  return takeStateDir({
    snapshot,
    log,
    pid,
    path: environment['PATH'],
    openStore: () => openSqliteStore({ dir, log: log.child('store'), mask }),
    partsOf: (made) => partsOf(options, snapshots, made),
  });
}

function partsOf(
  options: GatewayOptions,
  snapshots: Snapshots,
  made: { store: Store; gatewayId: string; register?: ProcessRegister },
): EngineParts {
  const { snapshot, log, environment } = options;
  const { register, ...parts } = made;
  return {
    ...parts,
    run: createRunPlugin({
      clock: systemClock,
      environment,
      stateDir: snapshot.service.stateDir,
      inspect: (instance) => inspectProgram(instance, { strict: snapshots.current().service.strictPlugins }).reason,
      ...(register === undefined ? {} : { register }),
    }),
    directories: directoriesIn(snapshot.service.stateDir),
    bus: createBus(),
    clock: systemClock,
    random: systemRandom,
    newId: systemIds,
    log: log.child('engine'),
    snapshot: snapshots.current,
    lastSnapshotWith: snapshots.lastWith,
  };
}

function dormant(parts: EngineParts, options: GatewayOptions, close: () => Promise<void>): Dormant {
  const machinery: Machinery = {
    enqueue: createEnqueue(parts, () => {}),
    reload: noGateway,
    preview: noGateway,
    running: false,
    pid: null,
    startedAt: null,
    schedules: async () =>
      idleSchedules(options.snapshot.schedules, await parts.store.read.schedules(), parts.clock.now()),
    pauseSchedule: (_schedule, _pausedAt, commit) => commit(),
    held: () => [],
    stopping: new AbortController().signal,
    endAttempt: () => false,
    wake: () => {},
    // The next start looks after all of them.
    retryInit: async () => {},
  };
  const operations = createOperations(parts, machinery);
  const api = createApi({ operations, caller: CLI, log: parts.log.child('api') });
  return {
    operations,
    api,
    runOnly: (jobId) => withInit(parts, jobId),
    async close() {
      await api.close();
      await close();
    },
  };
}

/** What a reload would change is only in a gateway at work. */
function noGateway(): Promise<never> {
  const hint = 'The next start reads the configuration; `ductile check` checks it.';
  return Promise.reject(
    new OperatorError('gateway_unreachable', 'no gateway runs, so nothing can be reloaded', { hint }),
  );
}

/** Runs the attempts of one job, after those of its instance's init where that is due. */
function withInit(parts: EngineParts, jobId: string): Dispatcher {
  const dispatcher = createDispatcher(parts, jobId);
  const inits = createInits(parts, dispatcher.wake);
  async function begin(): Promise<void> {
    try {
      const job = await parts.store.read.job(jobId);
      if (job !== null) await inits.look(job.instance);
    } catch (error) {
      parts.log.error('the init of the instance could not be looked after', { error: String(error) });
    }
  }
  return {
    ...dispatcher,
    start() {
      dispatcher.start();
      void begin();
    },
    async stop(graceMs) {
      await inits.stop();
      await dispatcher.stop(graceMs);
    },
  };
}

async function listen(api: FastifyInstance, stateDir: string): Promise<string> {
  const path = socketPathOf(stateDir);
  prepareSocketDir(path);
  // Only the holder of the lock gets here, so a socket file that is there belongs to nobody.
  rmSync(path, { force: true });
  await api.listen({ path });
  chmodSync(path, 0o600);
  return path;
}
