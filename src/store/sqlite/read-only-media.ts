import { accessSync, constants, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { pathToFileURL } from 'node:url';
import { READ_HINT } from './sqlite-error.ts';

const COPY =
  'Its disk is read-only, and the log beside it (ductile.db-wal) must be read with it: copy the whole directory to where it can be written, and name the copy in service.state_dir.';

/**
 * What SQLite is to open to read a database. Beside a file it makes an index of the log, which read-only media refuse;
 * there a database that has no log is opened as one that does not change.
 */
export function readablePath(file: string): string {
  return !hasLog(file) && isReadOnlyMedia(dirname(file)) ? unchanging(file) : file;
}

/** The name of a database that nobody writes: nothing is made beside it, and a log beside it is not looked at. */
export function unchanging(file: string): string {
  return `${pathToFileURL(file).href}?immutable=1`;
}

/** True when something may be in the log of the database that is not in the file. */
export function hasLog(file: string): boolean {
  return (statSync(`${file}-wal`, { throwIfNoEntry: false })?.size ?? 0) > 0;
}

/** What to do when a database cannot be opened to read it. */
export function readingHint(file: string): string {
  return isReadOnlyMedia(dirname(file)) && hasLog(file) ? COPY : READ_HINT;
}

/** False also where the directory may not be written for another reason. */
function isReadOnlyMedia(dir: string): boolean {
  try {
    accessSync(dir, constants.W_OK);
    return false;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EROFS';
  }
}
