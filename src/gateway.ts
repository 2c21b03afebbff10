import { chmodSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import { gatewayIdOf } from './disk/gateway-id.ts';
import { acquireLock } from './disk/lock.ts';
import { prepareSocketDir, socketPathOf } from './disk/socket-path.ts';
import { openToUsers, prepareStateDir } from './disk/state-dir.ts';
import { stderrFileFor, stderrFiles } from './disk/stderr-files.ts';
import { inspectProgram } from './disk/trust.ts';
import { instanceDir, removeWorkspace, workspaceFor, workspaces } from './disk/workspace.ts';
import type { Problem } from './domain/errors.ts';
import type { Snapshot } from './domain/snapshot.ts';
import { createBus } from './engine/bus.ts';
import { createClockWatch } from './engine/clock-watch.ts';
import { createDispatcher, type Dispatcher } from './engine/dispatcher.ts';
import { createEnqueue } from './engine/enqueue.ts';
import { createInits } from './engine/inits.ts';
import { createPruner, type Recovery, recover } from './engine/janitor.ts';
import { createOperations, type Operations } from './engine/operations.ts';
import type { Directories, EngineParts } from './engine/parts.ts';
import { createScheduler, idleSchedules } from './engine/scheduler.ts';
import { createSweeper } from './engine/sweeper.ts';
import { createApi } from './http/server.ts';
import { systemClock } from './platform/clock.ts';
import { reach } from './platform/fault-point.ts';
import { systemIds } from './platform/ids.ts';
import type { Log } from './platform/log.ts';
import { systemRandom } from './platform/random.ts';
import { checkContainment, requireContainment } from './runner/containment-check.ts';
import { openProcessRegister, type ProcessRegister, recordedLeaders } from './runner/process-register.ts';
import { createRunPlugin } from './runner/run-plugin.ts';
import { killMarked } from './runner/sweep.ts';
import type { Store } from './store/port.ts';
import { openSqliteStore } from './store/sqlite/open.ts';

/** How long processes without an attempt get between TERM and KILL, in milliseconds. */
const STRAY_GRACE_MS = 2_000;

/** What a gateway is started with. */
export interface GatewayOptions {
  readonly snapshot: Snapshot;
  readonly log: Log;
  /** The process's own environment, of which plugins get the allow-list. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly pid: number;
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
export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  // Whatever is started goes onto the stack and is stopped in reverse order, each part whatever becomes of the others.
  await using stack = new AsyncDisposableStack();
  const base = await takeStateDir(options);
  stack.defer(async () => {
    reach('stop.drained');
    await base.release();
    reach('stop.closed');
  });
  const { parts } = base;
  const stopping = new AbortController();
  const dispatcher = createDispatcher(parts);
  const enqueue = createEnqueue(parts, dispatcher.wake);
  const inits = createInits(parts, dispatcher.wake);
  const operations = createOperations(parts, {
    enqueue,
    running: true,
    pid: options.pid,
    startedAt: parts.clock.now(),
    schedules: async () => scheduler.views(),
    held: dispatcher.held,
    stopping: stopping.signal,
    endAttempt: dispatcher.cancel,
    wake: dispatcher.wake,
    retryInit: inits.look,
  });
  const scheduler = createScheduler(parts, { wake: dispatcher.wake, cancel: (jobId) => operations.cancel(jobId) });
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
  const parts = partsOf(options, { store, gatewayId: '' });
  return dormant(parts, options, () => store.close());
}

/** Takes the state directory to change something or to run one job; throws OperatorError `already_running`. */
export async function openForWriting(options: GatewayOptions): Promise<Dormant> {
  const base = await takeStateDir(options);
  return dormant(base.parts, options, base.release);
}

/** What jobs and events from the command line are marked with. */
const CLI = { submittedBy: 'cli', source: 'cli' };

interface Base {
  readonly parts: EngineParts;
  readonly recovery: Recovery;
  readonly register: ProcessRegister;
  /** Ends marked processes of attempts that are not in `keep`, and sessions of leaders in `recorded`; resolves to how many. */
  sweep(options: Pick<Parameters<typeof killMarked>[0], 'keep' | 'recorded' | 'graceMs'>): Promise<number>;
  release(): Promise<void>;
}

/** Lock, sweep the previous run's processes, open the store, synchronise, and only then requeue what was running. */
async function takeStateDir(options: GatewayOptions): Promise<Base> {
  const { snapshot, log } = options;
  const { stateDir } = snapshot.service;
  prepareStateDir(stateDir);
  contained(options);
  const lock = acquireLock(stateDir, { pid: options.pid, startedAt: systemClock.now() });
  try {
    const gatewayId = gatewayIdOf(stateDir, systemIds);
    const sweep: Base['sweep'] = (which) => killMarked({ gateway: gatewayId, ...which });
    const registerFile = join(stateDir, 'processes');
    const survivors = await sweep({
      keep: new Set(),
      recorded: recordedLeaders(registerFile),
      graceMs: STRAY_GRACE_MS,
    });
    // What a kill takes a while to end is noted again, for the next start.
    const register = openProcessRegister(registerFile, recordedLeaders(registerFile));
    reach('recover.swept');
    if (survivors > 0) log.warn('processes of the previous run were ended', { processes: survivors });
    const mask = (text: string): string => snapshot.redactor.text(text);
    const store = openSqliteStore({ dir: stateDir, log: log.child('store'), mask });
    try {
      const parts = partsOf(options, { store, gatewayId, register });
      reach('recover.opened');
      await store.commit({ kind: 'sync', ...syncOf(snapshot), at: systemClock.now() });
      const recovery = await recover({ ...parts, log: log.child('janitor') });
      reach('recover.settled');
      return {
        parts,
        recovery,
        register,
        sweep,
        async release() {
          try {
            await store.close();
          } finally {
            register.close();
            lock.release();
          }
        },
      };
    } catch (error) {
      register.close();
      await store.close();
      throw error;
    }
  } catch (error) {
    lock.release();
    throw error;
  }
}

/** What instances ask of containment and this machine would not give; warnings, since the gateway may run elsewhere. */
export function containmentWarnings(
  { instances }: Snapshot,
  environment: GatewayOptions['environment'],
): readonly Problem[] {
  const about = { instances: instances.values(), path: environment['PATH'], directoryOf: null };
  return checkContainment(about).unavailable.map(({ instances: names, message, hint }) => ({
    severity: 'warning',
    code: 'containment_unavailable',
    message: `${names.join(', ')}: ${message}`,
    location: null,
    hint,
  }));
}

/** Sees that all instances can be contained as they ask, before any of them runs; throws `containment_unavailable`. */
function contained({ snapshot, log, environment }: GatewayOptions): void {
  const { stateDir } = snapshot.service;
  const instances = [...snapshot.instances.values()];
  if (instances.some(({ runAs }) => runAs !== null)) openToUsers(stateDir);
  const directoryOf = (name: string): string => instanceDir(stateDir, name);
  for (const note of requireContainment({ instances, path: environment['PATH'], directoryOf })) log.info(note);
}

function partsOf(
  options: GatewayOptions,
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
      inspect: (instance) => inspectProgram(instance, { strict: snapshot.service.strictPlugins }).reason,
      ...(register === undefined ? {} : { register }),
    }),
    directories: directoriesIn(snapshot.service.stateDir),
    bus: createBus(),
    clock: systemClock,
    random: systemRandom,
    newId: systemIds,
    log: log.child('engine'),
    snapshot: () => snapshot,
  };
}

function dormant(parts: EngineParts, options: GatewayOptions, close: () => Promise<void>): Dormant {
  const machinery = {
    enqueue: createEnqueue(parts, () => {}),
    running: false,
    pid: null,
    startedAt: null,
    schedules: async () =>
      idleSchedules(options.snapshot.schedules, await parts.store.read.schedules(), parts.clock.now()),
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

function directoriesIn(stateDir: string): Directories {
  return {
    workspace: (rootJobId) => workspaceFor(stateDir, rootJobId),
    instance: (name) => instanceDir(stateDir, name),
    removeWorkspace: (rootJobId) => removeWorkspace(stateDir, rootJobId),
    workspaces: () => workspaces(stateDir),
    stderrFile: (jobId, attempt) => stderrFileFor(stateDir, { jobId, attempt }),
    stderrFiles: () => stderrFiles(stateDir),
    removeFile: (path) => rmSync(path, { force: true }),
  };
}

function syncOf(snapshot: Snapshot) {
  return {
    instances: [...snapshot.instances.values()].map(({ name, concurrency, rateLimit, enabled, initHash }) => ({
      name,
      cap: concurrency,
      rateLimit,
      // One that is disabled lets its jobs drain as they are.
      initHash: enabled ? initHash : null,
    })),
    schedules: snapshot.schedules.map(({ instance, id, hash }) => ({ instance, id, hash })),
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
