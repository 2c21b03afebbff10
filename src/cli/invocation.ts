import { relative } from 'node:path';
import { findConfig } from '../disk/find-config.ts';
import type { Io } from './io.ts';

/** A path as a person in `cwd` would type it: relative when it lies below. */
export function nearPath(path: string, cwd: string): string {
  const near = relative(cwd, path);
  return near !== '' && near !== '..' && !near.startsWith('../') ? near : path;
}

/** What to type for `ductile`: in a clone, npm started this process and knows where it is. */
export function programName(env: Io['env']): string {
  return env['npm_lifecycle_event'] === undefined ? 'ductile' : 'npx ductile';
}

/**
 * A command line that reaches this configuration from another terminal in the same folder, with `--config` unless
 * the file is found without it.
 */
export function invocation(
  words: string,
  { file, io }: { readonly file: string; readonly io: Pick<Io, 'env' | 'cwd'> },
): string {
  const option = foundWithoutHelp(file, io) ? '' : ` --config ${shellWord(nearPath(file, io.cwd))}`;
  return `${programName(io.env)} ${words}${option}`;
}

/** The other terminal does not have this process's environment, only its user's. */
function foundWithoutHelp(file: string, { env, cwd }: Pick<Io, 'env' | 'cwd'>): boolean {
  try {
    return findConfig({ explicit: null, env: { ...env, DUCTILE_CONFIG: undefined }, cwd }) === file;
  } catch {
    return false;
  }
}

/** A word as a POSIX shell takes it. */
export function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
