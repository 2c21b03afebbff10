import { statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { OperatorError } from '../domain/errors.ts';

const NAMES = ['ductile.yaml', 'config.yaml'] as const;

/** Absolute path of the configuration: `--config`, `$DUCTILE_CONFIG`, the working directory, the user's folder, `/etc/ductile`. */
export function findConfig({
  explicit,
  env,
  cwd,
}: {
  /** What `--config` says: a file, or a directory that holds one. */
  readonly explicit: string | null;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
}): string {
  if (explicit !== null) return named(resolve(cwd, explicit), '--config');
  const fromEnv = env['DUCTILE_CONFIG'];
  if (fromEnv !== undefined && fromEnv !== '') return named(resolve(cwd, fromEnv), '$DUCTILE_CONFIG');
  const candidates = [cwd, ...userDirectories(env), '/etc/ductile'].flatMap((dir) =>
    NAMES.map((name) => join(dir, name)),
  );
  const found = candidates.find(isFile);
  if (found !== undefined) return found;
  throw new OperatorError('config_not_found', `no configuration was found; searched ${candidates.join(', ')}`);
}

/** A place that was asked for by name is never passed over silently. */
function named(path: string, by: string): string {
  if (isFile(path)) return path;
  const inside = NAMES.map((name) => join(path, name));
  const found = inside.find(isFile);
  if (found !== undefined) return found;
  const searched = isDirectory(path) ? `${path} holds neither ${NAMES.join(' nor ')}` : `there is no file ${path}`;
  throw new OperatorError('config_not_found', `${searched} (${by})`);
}

function userDirectories(env: Readonly<Record<string, string | undefined>>): readonly string[] {
  const { XDG_CONFIG_HOME: xdg, HOME: home } = env;
  if (xdg?.startsWith('/')) return [join(xdg, 'ductile')];
  return home === undefined || home === '' ? [] : [join(home, '.config', 'ductile')];
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
}

function isDirectory(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}
