import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { OperatorError } from '../domain/errors.ts';

/** The state directory as one process holds it. */
export interface Lock {
  /** Gives it back; a second call does nothing. */
  release(): void;
}

const SQLITE_BUSY = 5;
const LOCK_FILE = 'lock.db';
const TAKE = 'BEGIN EXCLUSIVE';
/** Refused beside a holder; many may look at one time. */
const READ = 'SELECT count(*) FROM sqlite_schema';
/** How long those that merely look may take, in milliseconds: they keep nobody from the lock. */
const LOOKS_END_MS = 250;

/** A database that nothing refers to is closed by the garbage collector, and the lock with it; this keeps it until its release. */
const held = new Set<DatabaseSync>();

/**
 * Takes the state directory for this process: an exclusive transaction on `lock.db`, which the kernel ends with the
 * process. Throws `already_running`, naming the holder that `lock.json` speaks of, or `storage_unavailable`.
 */
export function acquireLock(stateDir: string, info: { readonly pid: number; readonly startedAt: number }): Lock {
  const database = databaseAfter(stateDir, LOOKS_END_MS, TAKE);
  held.add(database);
  const file = join(stateDir, 'lock.json');
  tellHolder(file, info);
  return {
    release() {
      if (!database.isOpen) return;
      try {
        rmSync(file, { force: true });
      } catch {
        // It is information only; what matters is the transaction.
      }
      database.close();
      held.delete(database);
    },
  };
}

/** Throws `already_running` when somebody holds the state directory now; it is not taken, nor made. */
export function refuseIfHeld(stateDir: string): void {
  if (existsSync(join(stateDir, LOCK_FILE))) databaseAfter(stateDir, 0, READ).close();
}

function databaseAfter(stateDir: string, waitMs: number, statement: string): DatabaseSync {
  let database: DatabaseSync | null = null;
  try {
    database = openDatabase(stateDir, waitMs);
    database.exec(statement);
    return database;
  } catch (error) {
    database?.close();
    throw refusal(stateDir, error);
  }
}

function openDatabase(stateDir: string, waitMs: number): DatabaseSync {
  mkdirSync(stateDir, { recursive: true, mode: 0o700 });
  const umask = process.umask(0o077);
  try {
    return new DatabaseSync(join(stateDir, LOCK_FILE), { timeout: waitMs });
  } finally {
    process.umask(umask);
  }
}

function refusal(stateDir: string, cause: unknown): unknown {
  const code = sqliteCode(cause);
  if (code === SQLITE_BUSY) {
    return new OperatorError('already_running', `${describeHolder(stateDir)} holds ${stateDir}`, { cause });
  }
  if (!(cause instanceof Error) || (code === null && !('syscall' in cause))) return cause;
  return new OperatorError('storage_unavailable', `${stateDir} cannot be locked (${cause.message})`, { cause });
}

function sqliteCode(error: unknown): number | null {
  if (!(error instanceof Error) || !('errcode' in error) || typeof error.errcode !== 'number') return null;
  return error.errcode & 0xff;
}

/** Says who holds the lock. A full disk must not undo it: the file is information only. */
function tellHolder(file: string, { pid, startedAt }: { readonly pid: number; readonly startedAt: number }): void {
  try {
    // Left by one that crashed, it would name the wrong process should the next line fail.
    rmSync(file, { force: true });
    writeFileSync(`${file}.new`, `${JSON.stringify({ pid, started_at: startedAt })}\n`, { mode: 0o600 });
    renameSync(`${file}.new`, file);
  } catch {
    // Whoever finds the lock taken is told of "another process".
  }
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
