import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs';

/** The bytes of a file, or why they cannot be had. */
export type FileBytes =
  | { readonly ok: true; readonly bytes: Uint8Array; readonly mode: number }
  | { readonly ok: false; readonly reason: string };

/** Reads a regular file of at most `maxBytes`; `mode` is its permission bits. Never waits for a pipe or device. */
export function readRegularFile(path: string, maxBytes: number): FileBytes {
  let descriptor: number | null = null;
  try {
    descriptor = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const status = fstatSync(descriptor);
    if (!status.isFile()) return { ok: false, reason: 'it is not a regular file' };
    if (status.size > maxBytes) return { ok: false, reason: `it has ${status.size} bytes, more than ${maxBytes}` };
    return { ok: true, bytes: readFileSync(descriptor), mode: status.mode & 0o777 };
  } catch (error) {
    return { ok: false, reason: reasonOf(error) };
  } finally {
    if (descriptor !== null) closeSync(descriptor);
  }
}

function reasonOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
  if (code === 'ENOENT' || code === 'ENOTDIR') return 'it does not exist';
  return code === 'EACCES' || code === 'EPERM' ? 'permission denied' : code;
}
