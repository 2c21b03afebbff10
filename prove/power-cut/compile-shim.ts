import { execFileSync, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const SHIM = fileURLToPath(new URL('../shim/record.c', import.meta.url));
/** What POSIX systems call their C compiler. */
const COMPILER = 'cc';

/** Why the shim cannot be compiled here; null: it can. */
export function lacksCompiler(): string | null {
  return spawnSync(COMPILER, ['--version']).status === 0 ? null : `it needs a C compiler (${COMPILER})`;
}

/** Compiles the shim that records into `dir`; returns the path of the library. */
export function compileShim(dir: string): string {
  const library = join(dir, 'record.so');
  execFileSync(COMPILER, ['-shared', '-fPIC', '-O2', '-pthread', '-o', library, SHIM]);
  return library;
}
