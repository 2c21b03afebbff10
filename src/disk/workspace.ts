import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';

const SAFE = /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/;

/** The directory that all jobs of one lineage share; made when it is missing. */
export function workspaceFor(stateDir: string, rootJobId: string): string {
  return make(workspacePath(stateDir, rootJobId));
}

/** The directory an instance's processes start in; made when it is missing. */
export function instanceDir(stateDir: string, name: string): string {
  return make(join(stateDir, 'instances', safe(name)));
}

/** Roots of the lineages that have a directory. */
export function workspaces(stateDir: string): readonly string[] {
  const dir = join(stateDir, 'work');
  return existsSync(dir) ? readdirSync(dir).filter((name) => SAFE.test(name)) : [];
}

/** Deletes a lineage's directory with everything in it; one that is missing is fine. */
export function removeWorkspace(stateDir: string, rootJobId: string): Promise<void> {
  return rm(workspacePath(stateDir, rootJobId), { recursive: true, force: true });
}

function workspacePath(stateDir: string, rootJobId: string): string {
  return join(stateDir, 'work', safe(rootJobId));
}

function make(dir: string): string {
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  return dir;
}

/** Ids and names are checked long before; a path made of anything else would be a bug that deletes files. */
function safe(part: string): string {
  if (!SAFE.test(part)) throw new TypeError(`not a name of a directory: ${JSON.stringify(part)}`);
  return part;
}
