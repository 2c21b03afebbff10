import type { Connection } from './connection.ts';

/** The table by which a backup describes itself; a database at work does not have it. */
export const HEADER_TABLE = 'backup_header';

/** Makes the table in a fresh copy. */
export const MAKE_HEADER = `
  CREATE TABLE ${HEADER_TABLE} (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    gateway TEXT NOT NULL,
    at INTEGER NOT NULL,
    schema INTEGER NOT NULL,
    jobs INTEGER NOT NULL
  ) STRICT`;

/** Fills it: the gateway's name and the instant. */
export const FILL_HEADER = `
  INSERT INTO ${HEADER_TABLE} (one, gateway, at, schema, jobs)
  SELECT 1, ?, ?, (SELECT user_version FROM pragma_user_version), (SELECT count(*) FROM jobs)`;

/** What a backup says of itself. */
export interface BackupHeader {
  readonly gateway: string;
  readonly at: number;
  readonly schema: number;
  readonly jobs: number;
}

/** The header of a copy; null when it has none. */
export function readHeader(db: Connection): BackupHeader | null {
  if (db.get('SELECT 1 FROM sqlite_schema WHERE name = ?', HEADER_TABLE) === undefined) return null;
  return db.get<BackupHeader>(`SELECT gateway, at, schema, jobs FROM ${HEADER_TABLE}`) ?? null;
}
