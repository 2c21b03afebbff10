import { lstatSync, mkdirSync, statSync } from 'node:fs';
import { enableCompileCache, flushCompileCache } from 'node:module';
import { homedir } from 'node:os';
import { join } from 'node:path';

const WRITABLE_BY_OTHERS = 0o022;

/**
 * Lets Node keep what it compiles in `~/.cache/ductile` (below `$XDG_CACHE_HOME`, where that is set), so that the next
 * command starts in half the time. Does nothing where somebody else could put code there, as in a home that `sudo` kept.
 */
export function keepCompiled(env: Readonly<Record<string, string | undefined>>): void {
  const dir = cacheDir(env);
  if (dir !== null) enableCompileCache(dir);
}

/** Writes what was compiled so far; otherwise that happens only when the process ends in peace. */
export function writeCompiled(): void {
  flushCompileCache();
}

/** The folder for it, made and this user's alone; null: there is none. */
export function cacheDir(env: Readonly<Record<string, string | undefined>>): string | null {
  const home = env['HOME'] ?? homedir();
  const base = env['XDG_CACHE_HOME']?.startsWith('/') ? env['XDG_CACHE_HOME'] : join(home, '.cache');
  const dir = join(base, 'ductile');
  try {
    if (!isOurs(statSync(home)) || !isOurs(statSync(base))) return null;
    mkdirSync(dir, { mode: 0o700 });
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) return null;
  }
  try {
    return isOurs(lstatSync(dir)) ? dir : null;
  } catch {
    return null;
  }
}

function isOurs({ uid, mode }: { readonly uid: number; readonly mode: number }): boolean {
  return uid === process.getuid?.() && (mode & WRITABLE_BY_OTHERS) === 0;
}
