import type { FastifyInstance } from 'fastify';
import { OperatorError } from '../domain/errors.ts';
import { idleBackups } from '../engine/backups.ts';
import { createOperations } from '../engine/create-operations.ts';
import { createDispatcher, type Dispatcher } from '../engine/dispatcher.ts';
import { createEnqueue } from '../engine/enqueue.ts';
import { createInits } from '../engine/inits.ts';
import type { Machinery, Operations } from '../engine/operations.ts';
import type { EngineParts } from '../engine/parts.ts';
import { idleSchedules } from '../engine/scheduler.ts';
import { createSnapshots } from '../engine/snapshots.ts';
import { createApi } from '../http/server.ts';
import { systemSecret } from '../platform/secret.ts';
import { openSqliteStore } from '../store/sqlite/open.ts';
import { type GatewayOptions, partsOf, take } from './parts.ts';

/** A gateway's files without anybody dispatching; `runOnly` runs the attempts of one job. */
export interface Dormant {
  readonly operations: Operations;
  /** The API over the operations, for requests without a socket. */
  readonly api: FastifyInstance;
  /** Runs attempts of this one job until `stop` resolves or it has ended; other jobs stay queued. */
  runOnly(jobId: string): Dispatcher;
  close(): Promise<void>;
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

function dormant(parts: EngineParts, options: GatewayOptions, close: () => Promise<void>): Dormant {
  const machinery: Machinery = {
    skipSlot: (_schedule, _slotAt, commit) => commit(),
    pauseSchedule: (_schedule, _pausedAt, commit) => commit(),
    enqueue: createEnqueue(parts, () => {}),
    reload: noGateway,
    preview: noGateway,
    running: false,
    pid: null,
    startedAt: null,
    schedules: async () =>
      idleSchedules(options.snapshot.schedules, await parts.store.read.schedules(), parts.clock.now()),
    backups: idleBackups(parts),
    held: () => [],
    dispatching: () => false,
    stopping: new AbortController().signal,
    endAttempt: () => false,
    wake: () => {},
    // The next start looks after all of them.
    retryInit: async () => {},
    webhooksAt: () => null,
    apiAt: () => null,
    newSecret: systemSecret,
    tokenEnded: () => {},
    metrics: nothingCounted,
  };
  const operations = createOperations(parts, machinery);
  const api = createApi({
    operations,
    log: parts.log.child('api'),
    environment: options.environment,
  });
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

/** Counts begin with a gateway and end with it. */
function nothingCounted(): Promise<never> {
  return Promise.reject(new OperatorError('gateway_unreachable', 'no gateway runs, so there is nothing to measure'));
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
