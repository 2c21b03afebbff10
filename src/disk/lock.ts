import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { OperatorError } from '../domain/errors.ts';

/** The state directory as one process holds it. */
export interface Lock {
  /** Gives it back; a second call does nothing. */
  release(): void;
}

const SQLITE_BUSY = 5;

/**
 * Takes the state directory for this process: an exclusive transaction on `lock.db`, which the kernel ends with the
 * process. Throws `already_running`, naming the holder that `lock.json` speaks of.
 */
export function acquireLock(stateDir: string, info: { readonly pid: number; readonly startedAt: number }): Lock {
  mkdirSync(stateDir, { recursive: true, mode: 0o700 });
  const umask = process.umask(0o077);
  let database: DatabaseSync;
  try {
    database = new DatabaseSync(join(stateDir, 'lock.db'), { timeout: 0 });
  } finally {
    process.umask(umask);
  }
  try {
    database.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    database.close();
    if (!isBusy(error)) throw error;
    throw new OperatorError('already_running', `${describeHolder(stateDir)} holds ${stateDir}`, { cause: error });
  }
  const file = join(stateDir, 'lock.json');
  writeFileSync(`${file}.new`, `${JSON.stringify({ pid: info.pid, started_at: info.startedAt })}\n`, { mode: 0o600 });
  renameSync(`${file}.new`, file);
  return {
    release() {
      if (!database.isOpen) return;
      rmSync(file, { force: true });
      database.exec('ROLLBACK');
      database.close();
    },
  };
}

function isBusy(error: unknown): boolean {
  return (
    error instanceof Error &&
    'errcode' in error &&
    typeof error.errcode === 'number' &&
    (error.errcode & 0xff) === SQLITE_BUSY
  );
}

/** The file is information only: whoever holds the lock may not have written it yet. */
function describeHolder(stateDir: string): string {
  try {
    const holder: unknown = JSON.parse(readFileSync(join(stateDir, 'lock.json'), 'utf8'));
    if (typeof holder === 'object' && holder !== null && 'pid' in holder) return `process ${String(holder.pid)}`;
  } catch {
    // Told apart below.
  }
  return 'another process';
}
