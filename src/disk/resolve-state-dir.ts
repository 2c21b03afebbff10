import { homedir } from 'node:os';
import { isAbsolute, join, resolve } from 'node:path';

/** Absolute path of the state directory: as written, from `directory` on; else the user's own place for state. */
export function resolveStateDir(
  written: string | undefined,
  { directory, env }: { readonly directory: string; readonly env: Readonly<Record<string, string | undefined>> },
): string {
  if (written !== undefined) return resolve(directory, written);
  const { XDG_STATE_HOME: xdg, HOME: home } = env;
  if (xdg !== undefined && isAbsolute(xdg)) return join(xdg, 'ductile');
  return join(home === undefined || home === '' ? homedir() : home, '.local', 'state', 'ductile');
}
