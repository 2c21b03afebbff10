import type { Snapshot } from '../../src/domain/snapshot.ts';
import { createBus } from '../../src/engine/bus.ts';
import { createOperations } from '../../src/engine/create-operations.ts';
import { createDispatcher } from '../../src/engine/dispatcher.ts';
import { createEnqueue } from '../../src/engine/enqueue.ts';
import { recover } from '../../src/engine/janitor.ts';
import { createLiveOutput } from '../../src/engine/live-output.ts';
import type { Operations } from '../../src/engine/operations.ts';
import type { Directories, EngineParts } from '../../src/engine/parts.ts';
import { createScheduler } from '../../src/engine/scheduler.ts';
import type { Clock } from '../../src/platform/clock.ts';
import { reach } from '../../src/platform/fault-point.ts';
import type { NewId } from '../../src/platform/ids.ts';
import type { Log } from '../../src/platform/log.ts';
import type { Store } from '../../src/store/port.ts';
import type { FakeRunner } from './fake-runner.ts';

/** One life of the gateway, from its start to its stop or its death. */
export interface Life {
  readonly parts: EngineParts;
  readonly operations: Operations;
  readonly runner: FakeRunner;
  /** Stops it as a signal would. */
  stop(): Promise<void>;
}

/** What a life is made of. */
export interface LifeParts {
  readonly snapshot: Snapshot;
  readonly clock: Clock;
  readonly random: () => number;
  readonly newId: NewId;
  readonly log: Log;
  readonly runner: FakeRunner;
  /** Opens the store. */
  readonly open: () => Store;
}

/** Starts the real engine over the real store in the order of `startGateway`, which has the lock, the sweep and the socket besides. */
export async function startLife({ snapshot, clock, random, newId, log, runner, open }: LifeParts): Promise<Life> {
  reach('recover.swept');
  const store = open();
  const parts: EngineParts = {
    store,
    run: runner.run,
    directories: DIRECTORIES,
    bus: createBus(),
    liveOutput: createLiveOutput(),
    clock,
    random,
    newId,
    log,
    snapshot: () => snapshot,
    lastSnapshotWith: () => snapshot,
    gatewayId: 'simulated',
  };
  reach('recover.opened');
  await store.commit({ kind: 'sync', ...syncOf(snapshot), at: clock.now() });
  await recover(parts);
  reach('recover.settled');
  const stopping = new AbortController();
  const dispatcher = createDispatcher(parts);
  const enqueue = createEnqueue(parts, dispatcher.wake);
  const operations = createOperations(parts, {
    enqueue,
    reload: neverReloaded,
    preview: neverReloaded,
    running: true,
    pid: 4_711,
    startedAt: clock.now(),
    schedules: async () => scheduler.views(),
    skipSlot: (schedule, slotAt, commit) => scheduler.skip(schedule, slotAt, commit),
    pauseSchedule: (schedule, pausedAt, commit) => scheduler.pause(schedule, pausedAt, commit),
    held: dispatcher.held,
    stopping: stopping.signal,
    endAttempt: dispatcher.cancel,
    wake: dispatcher.wake,
    dispatching: () => true,
    retryInit: async () => {},
    webhooksAt: () => null,
    apiAt: () => null,
    newSecret: (bytes) => new Uint8Array(bytes),
    tokenEnded: () => {},
    metrics: async () => ({}),
    backups: { make: () => Promise.reject(new Error('no backups here')), state: () => null },
  });
  const scheduler = createScheduler(parts, { wake: dispatcher.wake, cancel: (jobId) => operations.cancel(jobId) });
  dispatcher.start();
  await scheduler.start();
  return {
    parts,
    operations,
    runner,
    async stop() {
      reach('stop.draining');
      enqueue.close();
      stopping.abort();
      await scheduler.stop();
      await dispatcher.stop(snapshot.service.shutdownGraceMs);
      reach('stop.drained');
      await store.close();
      reach('stop.closed');
    },
  };
}

function neverReloaded(): Promise<never> {
  return Promise.reject(new Error('a simulated gateway is started anew instead'));
}

const DIRECTORIES: Directories = {
  workspace: (root) => `/simulated/work/${root}`,
  instance: (name) => `/simulated/instances/${name}`,
  removeWorkspace: async () => {},
  workspaces: () => [],
  stderrFile: (jobId, attempt) => `/simulated/stderr/${jobId}.${attempt}`,
  stderrFiles: () => [],
  removeFile: () => {},
};

function syncOf({ instances, schedules }: Snapshot) {
  return {
    instances: [...instances.values()].map(({ name, concurrency, rateLimit }) => ({
      name,
      cap: concurrency,
      rateLimit,
    })),
    schedules: schedules.map(({ instance, id, hash }) => ({ instance, id, hash })),
  };
}
