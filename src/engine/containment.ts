import { openToUsers } from '../disk/state-dir.ts';
import { instanceDir } from '../disk/workspace.ts';
import type { Problem } from '../domain/errors.ts';
import type { Snapshot } from '../domain/snapshot.ts';
import type { Log } from '../platform/log.ts';
import { checkContainment, requireContainment } from '../runner/containment-check.ts';

/** What instances ask of containment and this machine would not give; warnings, since the gateway may run elsewhere. */
export function containmentWarnings({ instances }: Snapshot, path: string | undefined): readonly Problem[] {
  const about = { instances: instances.values(), path, directoryOf: null };
  return checkContainment(about).unavailable.map(({ instances: names, message, hint }) => ({
    severity: 'warning',
    code: 'containment_unavailable',
    message: `${names.join(', ')}: ${message}`,
    location: null,
    hint,
  }));
}

/** Sees that all instances can be contained as they ask, before any of them runs; throws `containment_unavailable`. */
export function containAll(
  snapshot: Snapshot,
  { path, log }: { readonly path: string | undefined; readonly log: Log },
): void {
  const { stateDir } = snapshot.service;
  const instances = [...snapshot.instances.values()];
  if (instances.some(({ runAs }) => runAs !== null)) openToUsers(stateDir);
  const directoryOf = (name: string): string => instanceDir(stateDir, name);
  for (const note of requireContainment({ instances, path, directoryOf })) log.info(note);
}
