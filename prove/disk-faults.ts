import { execFileSync, spawnSync } from 'node:child_process';
import { closeSync, openSync, readSync, writeFileSync, writeSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Surroundings } from './gateway-under-test.ts';
import type { Site } from './site.ts';

const SHIM = fileURLToPath(new URL('./shim/faults.c', import.meta.url));
/** Fields of the control file, see the shim. */
const FIELDS = ['which', 'error', 'from', 'seen', 'injected', 'cut'] as const;
const KINDS = { writes: 1, syncs: 2, opens: 4, makes: 8 } as const;

/** A way in which the disk fails, from the `from`th such call on. */
export interface DiskFault {
  readonly calls: readonly (keyof typeof KINDS)[];
  readonly error: 'ENOSPC' | 'EIO' | 'EROFS' | 'EMFILE';
  /** The first write that fails is cut in half instead. */
  readonly cut?: boolean;
  readonly from: number;
}

/** A disk below a gateway's state directory that fails when it is told to. */
export interface FailingDisk {
  /** What a gateway must be started with. */
  readonly surroundings: Surroundings;
  fail(fault: DiskFault): void;
  /** Lets every call through again; returns how many were made to fail since `fail`. */
  relieve(): number;
  /** How many calls were made to fail since `fail`. */
  injected(): number;
  /** How many calls of the kind there have been since `fail`, those that failed among them. */
  seen(): number;
  close(): void;
}

/** Why disks cannot be made to fail here; null: they can. */
export function lacksFailingDisk(): string | null {
  return spawnSync('cc', ['--version']).status === 0 ? null : 'it needs a C compiler (cc)';
}

/** Builds the shim beside a site's files. */
export function failingDisk({ dir, stateDir }: Pick<Site, 'dir' | 'stateDir'>): FailingDisk {
  const library = join(dir, 'faults.so');
  const path = join(dir, 'faults.control');
  execFileSync('cc', ['-shared', '-fPIC', '-O2', '-o', library, SHIM, '-ldl']);
  writeFileSync(path, Buffer.alloc(FIELDS.length * 8));
  const file = openSync(path, 'r+');

  function put(field: (typeof FIELDS)[number], value: number): void {
    const bytes = Buffer.alloc(8);
    bytes.writeBigInt64LE(BigInt(value));
    writeSync(file, bytes, 0, 8, FIELDS.indexOf(field) * 8);
  }

  function take(field: (typeof FIELDS)[number]): number {
    const bytes = Buffer.alloc(8);
    readSync(file, bytes, 0, 8, FIELDS.indexOf(field) * 8);
    return Number(bytes.readBigInt64LE());
  }

  return {
    surroundings: { env: { LD_PRELOAD: library, FAULTS_BELOW: stateDir, FAULTS_CONTROL: path } },
    fail({ calls, error, cut = false, from }) {
      put('which', 0);
      put('error', constants.errno[error]);
      put('cut', cut ? 1 : 0);
      put('from', from);
      put('seen', 0);
      put('injected', 0);
      put(
        'which',
        calls.reduce((mask, kind) => mask | KINDS[kind], 0),
      );
    },
    relieve() {
      put('which', 0);
      return take('injected');
    },
    injected: () => take('injected'),
    seen: () => take('seen'),
    close: () => closeSync(file),
  };
}
