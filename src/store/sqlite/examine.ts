import { readdirSync, statfsSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { Connection } from './connection.ts';
import { networkFileSystem } from './file-system.ts';
import { freeBytes } from './free-space.ts';
import { findDamage } from './integrity.ts';
import { bundledMigrations, schemaVersion } from './migrate.ts';
import { DATABASE_FILE } from './open.ts';
import { readablePath } from './read-only-media.ts';
import { decidedSwitch } from './switch-database.ts';

/** What lies in a state directory, as far as it is the store's; nothing is changed. */
export interface StoreExamination {
  /** Name of a network file system; null: none that is known as one. */
  readonly networkFileSystem: string | null;
  /** Bytes that may still be written. */
  readonly freeBytes: number;
  /** A restore or an upgrade was cut short and will be finished by the next start. */
  readonly unfinished: boolean;
  /** Databases from before upgrades and restores. */
  readonly kept: { readonly count: number; readonly bytes: number };
  /** Null: there is none yet. */
  readonly database: DatabaseExamination | null;
}

/** What a database says of itself. */
export interface DatabaseExamination {
  readonly file: string;
  readonly bytes: number;
  readonly walBytes: number;
  /** Of it and of this version. */
  readonly schema: number;
  readonly knownSchema: number;
  readonly journalMode: string;
  /** What is wrong with its pages; an empty list when they are sound. */
  readonly damage: readonly string[];
  /** The latest instant at which something happened in it; null: nothing has. */
  readonly newestAt: number | null;
}

const NEWEST = `
  SELECT max(at) AS at FROM (
    SELECT max(created_at) AS at FROM jobs
    UNION ALL SELECT max(completed_at) FROM jobs WHERE status = 'succeeded' AND completed_at IS NOT NULL
    UNION ALL SELECT max(created_at) FROM events
  )`;

/** Examines a state directory's database, every page of it: about ten seconds for each gigabyte. Throws what SQLite or the system throws. */
export function examineStore(dir: string): StoreExamination {
  const database = join(dir, DATABASE_FILE);
  const kept = readdirSync(dir).filter((name) => name.startsWith(`${basename(database)}.before-`));
  const { type } = statfsSync(dir);
  return {
    networkFileSystem: process.platform === 'linux' ? networkFileSystem(type) : null,
    freeBytes: freeBytes(dirname(database)),
    unfinished: decidedSwitch(database) !== null,
    kept: {
      count: kept.filter((name) => !/-(wal|shm|journal)$/.test(name)).length,
      bytes: kept.reduce((sum, name) => sum + sizeOf(join(dir, name)), 0),
    },
    database: statSync(database, { throwIfNoEntry: false }) === undefined ? null : examineDatabase(database),
  };
}

function examineDatabase(file: string): DatabaseExamination {
  const db = new Connection(readablePath(file), { readOnly: true });
  try {
    const schema = schemaVersion(db);
    return {
      file,
      bytes: statSync(file).size,
      walBytes: sizeOf(`${file}-wal`),
      schema,
      knownSchema: bundledMigrations().at(-1)?.version ?? 0,
      journalMode: db.get<{ journal_mode: string }>('PRAGMA journal_mode')?.journal_mode ?? 'unknown',
      damage: findDamage(db),
      newestAt: schema === 0 ? null : (db.get<{ at: number | null }>(NEWEST)?.at ?? null),
    };
  } finally {
    db.close();
  }
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}
