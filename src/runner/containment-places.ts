import { existsSync, statSync } from 'node:fs';
import { dirname, sep } from 'node:path';
import type { Instance } from '../domain/instance.ts';
import type { AttemptInput } from './attempt-input.ts';
import type { Places } from './containment.ts';

/** Always empty in a sandbox, whatever it holds outside. */
const PRIVATE = '/tmp';

/**
 * What an attempt finds of the disk in the tier `bwrap`: everything to read but the state directory and /tmp; to write,
 * its own directory, its lineage's workspace, and what the plugin's manifest calls paths: a directory itself, else the
 * directory that a file is, or will be, in.
 */
export function placesOf(
  { instance, cwd, workspace }: Pick<AttemptInput, 'instance' | 'cwd' | 'workspace'>,
  stateDir: string | null,
): Places {
  const covered = [PRIVATE, ...(stateDir === null ? [] : [stateDir])];
  return {
    hidden: stateDir,
    readable: programPaths(instance).filter((path) => existsSync(path) && covered.some((dir) => isBelow(path, dir))),
    writable: [...configuredPaths(instance), cwd, workspace].filter((path) => existsSync(path)),
  };
}

function programPaths({ program }: Instance): readonly string[] {
  if (program.kind === 'plugin') return [program.dir];
  const [command = ''] = program.exec.argv ?? [];
  return command.includes('/') ? [command] : [];
}

function configuredPaths({ config, manifest }: Instance): readonly string[] {
  return manifest.configKeys.paths
    .flatMap((key) => config[key] ?? [])
    .filter((path): path is string => typeof path === 'string' && path.startsWith('/'))
    .map((path) => (isDirectory(path) ? path : dirname(path)))
    .filter((path) => path !== '/');
}

function isDirectory(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}

function isBelow(path: string, directory: string): boolean {
  return path.startsWith(directory + sep);
}
