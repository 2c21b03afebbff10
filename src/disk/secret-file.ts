import { resolve } from 'node:path';
import type { FileRead } from './interpolate.ts';
import { readRegularFile } from './read-file.ts';

/** The largest secret file, in bytes. */
const MAX_SECRET_BYTES = 1_048_576;
const WORLD_WRITABLE = 0o002;
const WORLD_READABLE = 0o004;

/** Reads a secret file; `path` is relative to `directory`. What everyone may write is refused, what everyone may read warns. */
export function readSecretFile(path: string, directory: string): FileRead {
  const file = resolve(directory, path);
  const read = readRegularFile(file, MAX_SECRET_BYTES);
  if (!read.ok) return unreadable(file, read.reason);
  if ((read.mode & WORLD_WRITABLE) !== 0) {
    const message = `the secret file "${file}" is writable by everyone`;
    return { ok: false, code: 'secret_file_unsafe', message, hint: `chmod 600 ${file}` };
  }
  const content = decodeUtf8(read.bytes);
  if (content === null) return unreadable(file, 'it is not UTF-8 text');
  const readable = (read.mode & WORLD_READABLE) !== 0;
  return { ok: true, file, content, warning: readable ? `the secret file "${file}" is readable by everyone` : null };
}

function decodeUtf8(bytes: Uint8Array): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return null;
  }
}

function unreadable(file: string, reason: string): FileRead {
  return {
    ok: false,
    code: 'file_unreadable',
    message: `the file "${file}" cannot be read: ${reason}`,
    hint: 'a relative path starts at the folder of the configuration file',
  };
}
