import { join } from 'node:path';
import { gatewayIdOf } from '../disk/gateway-id.ts';
import { acquireLock } from '../disk/lock.ts';
import { prepareStateDir } from '../disk/state-dir.ts';
import type { Snapshot } from '../domain/snapshot.ts';
import { systemClock } from '../platform/clock.ts';
import { reach } from '../platform/fault-point.ts';
import { systemIds } from '../platform/ids.ts';
import type { Log } from '../platform/log.ts';
import { openProcessRegister, type ProcessRegister, recordedLeaders } from '../runner/process-register.ts';
import { killMarked } from '../runner/sweep.ts';
import type { Store } from '../store/port.ts';
import { containAll } from './containment.ts';
import { type Recovery, recover } from './janitor.ts';
import type { EngineParts } from './parts.ts';
import { syncRows } from './sync-rows.ts';

/** How long processes without an attempt get between TERM and KILL, in milliseconds. */
export const STRAY_GRACE_MS = 2_000;

/** A state directory that is held, mended and ready to work on. */
export interface Base {
  readonly parts: EngineParts;
  readonly recovery: Recovery;
  readonly register: ProcessRegister;
  /** Ends marked processes of attempts that are not in `keep`, and sessions of leaders in `recorded`; resolves to how many. */
  sweep(options: Pick<Parameters<typeof killMarked>[0], 'keep' | 'recorded' | 'graceMs'>): Promise<number>;
  release(): Promise<void>;
}

/** What a state directory is taken with. */
export interface Taking {
  readonly snapshot: Snapshot;
  readonly log: Log;
  /** PATH, in which containment looks for its tools. */
  readonly path: string | undefined;
  readonly pid: number;
  /** Called once the directory is held, before anything in it is touched. */
  readonly held: () => void;
  readonly openStore: () => Store;
  readonly partsOf: (made: {
    readonly store: Store;
    readonly gatewayId: string;
    readonly register: ProcessRegister;
  }) => EngineParts;
}

/**
 * Lock, sweep the previous run's processes, open the store, synchronise, and only then requeue what was running. Throws
 * OperatorError `already_running`, `storage_refused`, `schema_newer` or `containment_unavailable`.
 */
export async function takeStateDir({ snapshot, log, path, pid, held, openStore, partsOf }: Taking): Promise<Base> {
  const { stateDir } = snapshot.service;
  prepareStateDir(stateDir);
  containAll(snapshot, { path, log });
  const lock = acquireLock(stateDir, { pid, startedAt: systemClock.now() });
  try {
    held();
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
    const store = openStore();
    try {
      const parts = partsOf({ store, gatewayId, register });
      reach('recover.opened');
      await store.commit({ kind: 'sync', ...syncRows(snapshot), at: systemClock.now() });
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
