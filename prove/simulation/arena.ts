import { accessSync, constants, copyFileSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { bundledMigrations, type Migration } from '../../src/store/sqlite/migrate.ts';
import { DATABASE_FILE, openSqliteStore } from '../../src/store/sqlite/open.ts';
import { JOURNAL_SCHEMA } from './journal.ts';

/** Where simulated worlds keep their files, one after the other. */
export interface Arena {
  readonly migrations: readonly Migration[];
  /** Makes an empty state directory, with a database that is up to date and keeps a journal; the one before is deleted. */
  fresh(): string;
  close(): void;
}

/** An arena in memory where there is such a file system, else among the temporary files. */
export async function openArena(): Promise<Arena> {
  const root = mkdtempSync(join(isWritable('/dev/shm') ? '/dev/shm' : tmpdir(), 'ductile-simulation-'));
  const migrations = bundledMigrations();
  const template = join(root, 'template');
  await openSqliteStore({ dir: template, migrations }).close();
  const database = new DatabaseSync(join(template, DATABASE_FILE));
  database.exec(JOURNAL_SCHEMA);
  database.close();
  const dir = join(root, 'state');
  return {
    migrations,
    fresh() {
      rmSync(dir, { recursive: true, force: true });
      mkdirSync(dir, { mode: 0o700 });
      copyFileSync(join(template, DATABASE_FILE), join(dir, DATABASE_FILE));
      return dir;
    },
    close: () => rmSync(root, { recursive: true, force: true }),
  };
}

function isWritable(path: string): boolean {
  try {
    accessSync(path, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}
