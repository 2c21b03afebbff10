import { chmodSync, existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { OperatorError } from '../../domain/errors.ts';
import { reach } from '../../platform/fault-point.ts';
import type { BackupFacts } from '../port/backups.ts';
import { HEADER_TABLE } from './backup-header.ts';
import { Connection } from './connection.ts';
import { refuseNetworkFileSystem } from './file-system.ts';
import { refuseWithoutSpace } from './free-space.ts';
import { inspectBackup, openBackup } from './inspect-backup.ts';
import { refuseDamage } from './integrity.ts';
import { bundledMigrations, type Migration } from './migrate.ts';
import { DATABASE_FILE } from './open.ts';
import { carryOutSwitch, clearStaged, decideSwitch, freeLabel, stagedPath } from './switch-database.ts';
import { syncFile } from './sync-file.ts';

const SPARE_BYTES = 4 * 1_048_576;
/** Numbers of changes that are left out by a restore. */
const CHANGES_MARGIN = 1_000_000;

/** What a restore found and did. */
export interface Restored {
  readonly backup: BackupFacts;
  /** Where the database before is kept; null: there was none. */
  readonly kept: string | null;
}

/** Looks at a backup without changing anything; throws `backup_invalid` or `schema_newer`. */
export function verifyBackup(file: string, migrations: readonly Migration[] = bundledMigrations()): BackupFacts {
  return inspectBackup(file, migrations);
}

/**
 * Puts a verified backup in the place of the database of a state directory that the caller holds. It is copied, checked
 * again and synced before the switch is decided; cut short before that everything is as it was, after it the next start
 * finishes it. Throws OperatorError.
 */
export function restoreBackup({
  dir,
  file,
  paused,
  at,
  migrations = bundledMigrations(),
}: {
  readonly dir: string;
  readonly file: string;
  /** True: the gateway that starts next starts no job until it is resumed. */
  readonly paused: boolean;
  readonly at: number;
  readonly migrations?: readonly Migration[];
}): Restored {
  const database = join(dir, DATABASE_FILE);
  refuseNetworkFileSystem(dir);
  carryOutSwitch(database);
  if (isSame(file, database)) {
    throw new OperatorError('backup_invalid', `${file} is the database itself`, { hint: 'Name a backup of it.' });
  }
  const backup = inspectBackup(file, migrations);
  refuseWithoutSpace({ what: 'the restore', dir, bytes: backup.bytes + SPARE_BYTES });
  const label = freeLabel(database, `before-restore-${new Date(at).toISOString().replace(/[-:]|\.\d+/g, '')}`);
  clearStaged(database);
  try {
    copyOf(file, stagedPath(database));
    reach('restore.copied');
    prepare(stagedPath(database), {
      jobs: backup.jobs,
      pausedAt: paused ? at : null,
      lastChange: lastChange(database),
    });
    syncFile(stagedPath(database));
    reach('restore.checked');
  } catch (error) {
    clearStaged(database);
    throw error;
  }
  const hadOne = existsSync(database);
  decideSwitch(database, label);
  const kept = carryOutSwitch(database);
  return { backup, kept: hadOne ? kept : null };
}

function copyOf(file: string, staged: string): void {
  const source = openBackup(file);
  try {
    source.exec(`VACUUM INTO '${staged.replaceAll("'", "''")}'`);
  } finally {
    source.close();
  }
  chmodSync(staged, 0o600);
}

/** Makes a database at work of the copy of a backup. */
function prepare(
  staged: string,
  {
    jobs,
    pausedAt,
    lastChange: before,
  }: { readonly jobs: number; readonly pausedAt: number | null; readonly lastChange: number },
): void {
  const copy = new Connection(staged);
  try {
    copy.exec(`DROP TABLE IF EXISTS ${HEADER_TABLE}`);
    forgetChanges(copy, before);
    if (pausedAt !== null) copy.run('UPDATE gateway SET paused_at = ?', pausedAt);
    refuseDamage(copy);
    const count = copy.get<{ count: number }>('SELECT count(*) AS count FROM jobs')?.count ?? 0;
    if (count !== jobs) throw new OperatorError('backup_invalid', `${count} of ${jobs} jobs were copied`);
  } finally {
    copy.close();
  }
}

/** Number of the last change in the database that is about to be put aside; 0 where nobody can tell. */
function lastChange(database: string): number {
  if (!existsSync(database)) return 0;
  try {
    const db = new Connection(database, { readOnly: true });
    try {
      return newestChange(db);
    } finally {
      db.close();
    }
  } catch {
    // It may be damaged, which is why it is replaced.
    return 0;
  }
}

function newestChange(db: Connection): number {
  if (db.get("SELECT 1 FROM sqlite_schema WHERE name = 'changes'") === undefined) return 0;
  return db.get<{ seq: number | null }>('SELECT max(seq) AS seq FROM changes')?.seq ?? 0;
}

/**
 * What followers of the live stream have seen did not happen any more: numbers go on beyond all that were ever told, so
 * that everybody who comes back with one is told to begin anew. The margin is for what a damaged database cannot tell.
 */
function forgetChanges(copy: Connection, before: number): void {
  const newest = Math.max(newestChange(copy), before);
  if (newest === 0) return;
  copy.run('DELETE FROM changes');
  copy.run("INSERT INTO changes (seq, kind, became) VALUES (?, 'gateway', 'restored')", newest + CHANGES_MARGIN);
}

function isSame(one: string, other: string): boolean {
  const [a, b] = [one, other].map((path) => statSync(path, { throwIfNoEntry: false }));
  return a !== undefined && a.dev === b?.dev && a.ino === b.ino;
}
