import { accessSync, constants, statSync } from 'node:fs';
import { resolve } from 'node:path';

/** What a shell searches when PATH is not set. */
const DEFAULT_PATH = '/usr/local/bin:/usr/bin:/bin';

/** Absolute path of an executable file: `name` itself when it has a slash, else the first of that name on `path`; null: none. */
export function findProgram(name: string, { path, cwd }: { path: string | undefined; cwd: string }): string | null {
  if (name.includes('/')) return resolve(cwd, name);
  if (name === '') return null;
  for (const dir of (path ?? DEFAULT_PATH).split(':')) {
    const candidate = resolve(cwd, dir, name);
    if (isExecutable(candidate)) return candidate;
  }
  return null;
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}
