import { closeSync, openSync, readSync } from 'node:fs';

const MAX_BYTES = 256;

/** The `#!` line of a script without `#!`, or null for anything else, unreadable files included. */
export function readShebang(program: string): string | null {
  const bytes = Buffer.alloc(MAX_BYTES);
  try {
    const file = openSync(program, 'r');
    try {
      readSync(file, bytes, 0, MAX_BYTES, 0);
    } finally {
      closeSync(file);
    }
  } catch {
    return null;
  }
  const text = bytes.toString('latin1');
  return text.startsWith('#!') ? (text.slice(2).split(/[\n\0]/, 1)[0] ?? '') : null;
}

/** The command that `#!/usr/bin/env command` looks for on PATH; null when the line does not use env. */
export function commandOfEnv(shebang: string): string | null {
  const [program, ...words] = shebang.trim().split(/\s+/);
  if (program === undefined || !/(^|\/)env$/.test(program)) return null;
  return words.find((word) => !word.startsWith('-') && !word.includes('=')) ?? null;
}
