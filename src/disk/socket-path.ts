import { createHash } from 'node:crypto';
import { lstatSync, mkdirSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { dirname, join } from 'node:path';
import { OperatorError } from '../domain/errors.ts';

/** Longest path a Unix socket may have everywhere (sun_path is 104 bytes on macOS, 108 on Linux). */
const MAX_PATH_BYTES = 100;

/**
 * Where the gateway of a state directory listens for the command line; a long path falls back to a folder of this user
 * in the temporary folder. Throws when somebody else has made that one.
 */
export function socketPathOf(stateDir: string): string {
  const path = join(stateDir, 'ductile.sock');
  if (Buffer.byteLength(path) <= MAX_PATH_BYTES) return path;
  const dir = fallbackDir();
  checkOwner(dir);
  return join(dir, `${createHash('sha256').update(stateDir).digest('hex').slice(0, 16)}.sock`);
}

/** Makes the folder of a socket that `socketPathOf` put into the temporary folder, for this user alone. */
export function prepareSocketDir(socketPath: string): void {
  const dir = fallbackDir();
  if (dirname(socketPath) !== dir) return;
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  checkOwner(dir);
}

function fallbackDir(): string {
  return join(tmpdir(), `ductile-${userInfo().uid}`);
}

/** Anybody may make things in the temporary folder, links among them, and would hear what is said on a socket there. */
function checkOwner(dir: string): void {
  const status = lstatSync(dir, { throwIfNoEntry: false });
  if (status === undefined) return;
  if (status.isDirectory() && status.uid === userInfo().uid && (status.mode & 0o077) === 0) return;
  throw new OperatorError('storage_refused', `${dir} must be a folder of this user alone, for the gateway's socket`);
}
