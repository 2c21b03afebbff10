import { OperatorError } from '../../domain/errors.ts';

/** Primary result codes of SQLite that mean the storage failed, not the statement: https://sqlite.org/rescode.html */
const STORAGE_FAILURES = new Map([
  [5, 'another process kept the database locked'],
  [6, 'a table of the database is locked'],
  [8, 'the database is read-only'],
  [10, 'reading or writing the disk failed'],
  [13, 'the disk is full'],
  [14, 'a database file could not be opened'],
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

/** What is asked of a closed store is refused with. */
export function storeClosed(): OperatorError {
  return new OperatorError('storage_unavailable', 'the store is closed');
}

/** `storage_unavailable` or `storage_damaged` for an error of the storage itself; any other error as it is. */
export function storageError(error: unknown): unknown {
  const code = sqliteCode(error);
  if (code === null) return error;
  const detail = error instanceof Error ? error.message : String(error);
  const damage = DAMAGE.get(code);
  if (damage !== undefined) return new OperatorError('storage_damaged', `${damage} (${detail})`, { cause: error });
  const found = STORAGE_FAILURES.get(code);
  if (found === undefined) return error;
  return new OperatorError('storage_unavailable', `${found} (${detail})`, { cause: error });
}
