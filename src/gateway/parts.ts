import { directoriesIn } from '../disk/directories.ts';
import type { LogRing } from '../disk/log-ring.ts';
import { inspectProgram } from '../disk/trust.ts';
import type { Snapshot } from '../domain/snapshot.ts';
import { type Bus, createBus } from '../engine/bus.ts';
import { createLiveOutput } from '../engine/live-output.ts';
import type { EngineParts } from '../engine/parts.ts';
import type { Snapshots } from '../engine/snapshots.ts';
import { type Base, takeStateDir } from '../engine/take-state-dir.ts';
import { systemClock } from '../platform/clock.ts';
import { systemIds } from '../platform/ids.ts';
import type { Log } from '../platform/log.ts';
import { systemRandom } from '../platform/random.ts';
import type { ProcessRegister } from '../runner/process-register.ts';
import { createRunPlugin } from '../runner/run-plugin.ts';
import type { StoreMeter } from '../store/port/meter.ts';
import type { Store } from '../store/port.ts';
import { openSqliteStore } from '../store/sqlite/open.ts';

/** What a gateway is started with. */
export interface GatewayOptions {
  readonly snapshot: Snapshot;
  readonly log: Log;
  /** Where the log is kept; missing: nowhere. */
  readonly ring?: LogRing;
  /** Hears of everything from the beginning; missing: nobody listens yet. */
  readonly bus?: Bus;
  /** Hears of what is committed. */
  readonly meter?: StoreMeter;
  /** The process's own environment, of which plugins get the allow-list. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly pid: number;
}

/** Takes the state directory for the snapshot that is in force at first. */
export function take(options: GatewayOptions, snapshots: Snapshots): Promise<Base> {
  const { snapshot, log, ring, meter, environment, pid } = options;
  const mask = (text: string): string => snapshots.current().redactor.text(text);
  const dir = snapshot.service.stateDir;
  return takeStateDir({
    snapshot,
    log,
    pid,
    // Whoever does not hold the directory must not write to its log.
    held: () => ring?.open({ stateDir: dir, log: log.child('log') }),
    path: environment['PATH'],
    openStore: () => openSqliteStore({ dir, log: log.child('store'), mask, ...(meter === undefined ? {} : { meter }) }),
    partsOf: (made) => partsOf(options, snapshots, made),
  });
}

/** The real parts around a store. */
export function partsOf(
  options: GatewayOptions,
  snapshots: Snapshots,
  made: { store: Store; gatewayId: string; register?: ProcessRegister },
): EngineParts {
  const { snapshot, log, environment, bus = createBus() } = options;
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
    bus,
    liveOutput: createLiveOutput(),
    clock: systemClock,
    random: systemRandom,
    newId: systemIds,
    log: log.child('engine'),
    snapshot: snapshots.current,
    lastSnapshotWith: snapshots.lastWith,
  };
}
