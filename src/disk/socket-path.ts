import { createHash } from 'node:crypto';
import { mkdirSync, statSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { OperatorError } from '../domain/errors.ts';

/** Longest path a Unix socket may have everywhere (sun_path is 104 bytes on macOS, 108 on Linux). */
const MAX_PATH_BYTES = 100;

/** Where the gateway of a state directory listens for the command line; a long path falls back to the temporary folder. */
export function socketPathOf(stateDir: string): string {
  const path = join(stateDir, 'ductile.sock');
  if (Buffer.byteLength(path) <= MAX_PATH_BYTES) return path;
  const { uid } = userInfo();
  const dir = join(tmpdir(), `ductile-${uid}`);
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const { uid: owner, mode } = statSync(dir);
  if (owner !== uid || (mode & 0o077) !== 0) {
    throw new OperatorError('storage_refused', `${dir} must belong to this user alone, for the socket of ${stateDir}`);
  }
  return join(dir, `${createHash('sha256').update(stateDir).digest('hex').slice(0, 16)}.sock`);
}
