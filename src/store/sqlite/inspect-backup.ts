import { closeSync, openSync, readSync, statSync } from 'node:fs';
import { OperatorError } from '../../domain/errors.ts';
import type { BackupFacts } from '../port/backups.ts';
import { readHeader } from './backup-header.ts';
import { Connection } from './connection.ts';
import { findDamage } from './integrity.ts';
import { type Migration, refuseNewerSchema, schemaVersion } from './migrate.ts';
import { hasLog, unchanging } from './read-only-media.ts';
import { sqliteCode } from './sqlite-error.ts';

/** What every SQLite database begins with: https://sqlite.org/fileformat2.html */
const MAGIC = 'SQLite format 3\0';
/** Tables that every database of Ductile has had. */
const OURS = ['jobs', 'attempts', 'payloads', 'events', 'decisions', 'state_versions'];

/** Opens a backup, or a copy of a database, to read it; nothing is made beside it unless it has a log of its own. */
export function openBackup(file: string): Connection {
  return new Connection(hasLog(file) ? file : unchanging(file), { readOnly: true });
}

/**
 * What a file that is to be restored says of itself, after every page of it was looked at: about ten seconds for each
 * gigabyte. Throws `backup_invalid` or `schema_newer`.
 */
export function inspectBackup(file: string, migrations: readonly Migration[]): BackupFacts {
  const bytes = refuseForeign(file);
  let db: Connection | null = null;
  try {
    db = openBackup(file);
    const tables = new Set(db.all<{ name: string }>('SELECT name FROM sqlite_schema').map(({ name }) => name));
    const schema = schemaVersion(db);
    if (schema === 0 || OURS.some((table) => !tables.has(table))) {
      throw invalid(`${file} is an SQLite database, but not one of Ductile`);
    }
    refuseNewerSchema(schema, migrations, file);
    const found = findDamage(db);
    if (found.length > 0) throw damaged(file, found.join('; '));
    const header = readHeader(db);
    const jobs = db.get<{ count: number }>('SELECT count(*) AS count FROM jobs')?.count ?? 0;
    if (header !== null && (header.jobs !== jobs || header.schema !== schema)) {
      throw damaged(file, `it says that it has ${header.jobs} jobs, and ${jobs} are there`);
    }
    return { file, bytes, schema, jobs, gateway: header?.gateway ?? null, at: header?.at ?? null };
  } catch (error) {
    if (sqliteCode(error) === null) throw error;
    throw damaged(file, error instanceof Error ? error.message : String(error));
  } finally {
    db?.close();
  }
}

/** The size of a file that begins as a database does. */
function refuseForeign(file: string): number {
  let descriptor: number | null = null;
  try {
    const status = statSync(file);
    if (!status.isFile()) throw invalid(`${file} is not a file`);
    descriptor = openSync(file, 'r');
    const start = Buffer.alloc(MAGIC.length);
    readSync(descriptor, start, 0, MAGIC.length, 0);
    if (start.toString('latin1') !== MAGIC) throw invalid(`${file} is not a backup of Ductile`);
    return status.size;
  } catch (error) {
    if (error instanceof OperatorError) throw error;
    throw invalid(`${file} cannot be read: ${error instanceof Error ? error.message : String(error)}`, error);
  } finally {
    if (descriptor !== null) closeSync(descriptor);
  }
}

function damaged(file: string, why: string): OperatorError {
  return new OperatorError('backup_invalid', `${file} is damaged and was not restored: ${why}`, {
    hint: 'Take an older backup; nothing was changed.',
  });
}

function invalid(message: string, cause?: unknown): OperatorError {
  return new OperatorError('backup_invalid', message, { cause });
}
