import { OperatorError } from '../../domain/errors.ts';

/** Primary result codes of SQLite that mean the storage failed, not the statement: https://sqlite.org/rescode.html */
const STORAGE_FAILURES = new Map([
  [5, 'another process kept the database locked'],
  [6, 'a table of the database is locked'],
  [8, 'the database is read-only'],
  [10, 'reading or writing the disk failed'],
  [13, 'the disk is full'],
  [14, 'a database file could not be opened'],
  [15, 'the database could not be locked'],
]);

/** Those that no waiting mends. */
const DAMAGE = new Map([
  [11, 'the database is damaged'],
  [26, 'the file is not a database'],
]);

/** The result code of an SQLite error without its extension, or null for any other error. */
export function sqliteCode(error: unknown): number | null {
  if (!(error instanceof Error) || !('errcode' in error) || typeof error.errcode !== 'number') return null;
  return error.errcode & 0xff;
}

/** Those after which a connection works on once the cause has gone: another writer, and a full disk, which undoes the whole transaction. */
const PASSING = new Set([5, 6, 13]);

/** True when another process was in the way. */
export function isBusy(error: unknown): boolean {
  return sqliteCode(error) === 5;
}

/** True for a full disk: nothing of the transaction was written, and what was written before is sound. */
export function isFull(error: unknown): boolean {
  return sqliteCode(error) === 13;
}

/** True when what the connection believes of its files may be wrong: an input or output failed, or made no sense. */
export function castsDoubt(error: unknown): boolean {
  const code = sqliteCode(error);
  return code !== null && !PASSING.has(code) && (STORAGE_FAILURES.has(code) || DAMAGE.has(code));
}

/** What is asked of a closed store is refused with. */
export function storeClosed(): OperatorError {
  return new OperatorError('storage_unavailable', 'the store is closed');
}

/** What to do when the storage fails while it is only read. */
export const READ_HINT =
  'It was only read, and nothing was changed: mend the disk, or see who holds its files, and try again.';

/** `storage_unavailable`, with a hint unless it is the usual one, or `storage_damaged` for an error of the storage itself; any other error as it is. */
export function storageError(error: unknown, hint?: string): unknown {
  const code = sqliteCode(error);
  if (code === null) return error;
  const detail = error instanceof Error ? error.message : String(error);
  const damage = DAMAGE.get(code);
  if (damage !== undefined) return new OperatorError('storage_damaged', `${damage} (${detail})`, { cause: error });
  const found = STORAGE_FAILURES.get(code);
  if (found === undefined) return error;
  const details = hint === undefined ? {} : { hint };
  return new OperatorError('storage_unavailable', `${found} (${detail})`, { ...details, cause: error });
}
