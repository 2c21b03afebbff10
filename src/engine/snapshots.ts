import type { Snapshot } from '../domain/snapshot.ts';

/** The snapshot in force, and earlier ones that are still needed. */
export interface Snapshots {
  current(): Snapshot;
  /** The snapshot in force; for an instance that a reload removed, the last one that had it, as long as its jobs may run. */
  lastWith(instance: string): Snapshot;
  /** Instances that a reload removed and whose jobs may still run, each with its last snapshot. */
  kept(): ReadonlyMap<string, Snapshot>;
  /** Puts another snapshot in force, and says what is kept beside it. */
  replace(next: Snapshot, kept: ReadonlyMap<string, Snapshot>): void;
}

/** Snapshots that begin with one. */
export function createSnapshots(first: Snapshot): Snapshots {
  let current = first;
  let keptBeside: ReadonlyMap<string, Snapshot> = new Map();
  return {
    current: () => current,
    lastWith: (instance) => (current.instances.has(instance) ? current : (keptBeside.get(instance) ?? current)),
    kept: () => keptBeside,
    replace(next, kept) {
      current = next;
      keptBeside = kept;
    },
  };
}
