import { statfsSync } from 'node:fs';
import { OperatorError } from '../../domain/errors.ts';

/** Bytes that this user may still write to the file system of a folder. */
export function freeBytes(dir: string): number {
  const { bavail, bsize } = statfsSync(dir);
  return bavail * bsize;
}

/** Throws `storage_unavailable` when the file system of `dir` has no room for `bytes`; `what` begins the sentence. */
export function refuseWithoutSpace({
  what,
  dir,
  bytes,
  free = freeBytes(dir),
}: {
  readonly what: string;
  readonly dir: string;
  readonly bytes: number;
  readonly free?: number;
}): void {
  if (free >= bytes) return;
  throw new OperatorError('storage_unavailable', `${what} needs ${bytes} bytes in ${dir}; ${free} are free`, {
    hint: `Free ${bytes - free} bytes there and try again; nothing was changed.`,
  });
}
