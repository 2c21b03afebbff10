import { closeSync, openSync, readSync } from 'node:fs';

/** At most `most` bytes of a file from the byte `from` on, fewer at its end; null when it cannot be read. */
export function readSlice(path: string, from: number, most: number): Uint8Array | null {
  try {
    const file = openSync(path, 'r');
    try {
      const buffer = Buffer.alloc(most);
      return buffer.subarray(0, readSync(file, buffer, 0, most, from));
    } finally {
      closeSync(file);
    }
  } catch {
    return null;
  }
}
