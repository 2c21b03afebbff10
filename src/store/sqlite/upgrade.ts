import { chmodSync } from 'node:fs';
import { dirname } from 'node:path';
import { OperatorError } from '../../domain/errors.ts';
import { reach } from '../../platform/fault-point.ts';
import type { Log } from '../../platform/log.ts';
import { findLoss, takeCensus } from './census.ts';
import { Connection } from './connection.ts';
import { freeBytes, refuseWithoutSpace } from './free-space.ts';
import { findDamage } from './integrity.ts';
import { type Migration, migrate } from './migrate.ts';
import { clearStaged, decideSwitch, freeLabel, stagedPath } from './switch-database.ts';
import { syncFile } from './sync-file.ts';

/** What a copy may need beyond the size of the database: new indexes and columns, in parts of it, and some room. */
const GROWTH = 0.25;
const SPARE_BYTES = 16 * 1_048_576;
/** Copying, migrating and checking, as measured on two ordinary cores; for a word in the log only. */
const BYTES_PER_SECOND = 40 * 1_048_576;

/** The label of the database before an upgrade. */
export function upgradeLabel(fromVersion: number): string {
  return `before-upgrade-from-${fromVersion}`;
}

/**
 * Brings a copy of the database up to date, checks it, and decides the switch to it; the database itself is not touched,
 * and stays as the copy of before. Throws `upgrade_failed` or `storage_unavailable`, and then nothing has changed.
 */
export function rehearseUpgrade({
  db,
  database,
  version,
  migrations,
  log,
  free = freeBytes(dirname(database)),
}: {
  readonly db: Connection;
  readonly database: string;
  /** Of its schema. */
  readonly version: number;
  readonly migrations: readonly Migration[];
  readonly log: Log;
  /** Bytes that may be written beside it; for tests. */
  readonly free?: number | undefined;
}): readonly number[] {
  const to = migrations.at(-1)?.version ?? version;
  const bytes = usedBytes(db);
  const needed = Math.ceil(bytes * (1 + GROWTH)) + SPARE_BYTES;
  refuseWithoutSpace({
    what: `the upgrade from schema ${version} to ${to}`,
    dir: dirname(database),
    bytes: needed,
    free,
  });
  log.info('the database is being upgraded on a copy', {
    ...{ from: version, to, bytes, needed_bytes: needed, free_bytes: free },
    about_seconds: Math.ceil(bytes / BYTES_PER_SECOND),
  });
  const staged = stagedPath(database);
  clearStaged(database);
  try {
    const before = takeCensus(db);
    db.exec(`VACUUM INTO '${staged.replaceAll("'", "''")}'`);
    chmodSync(staged, 0o600);
    reach('upgrade.copied');
    // Should the system go down, the copy goes too; so nothing of it need be safe before it is whole.
    const copy = new Connection(staged, { setUp: 'PRAGMA journal_mode = MEMORY; PRAGMA synchronous = OFF' });
    try {
      const applied = migrate(copy, migrations);
      reach('upgrade.migrated');
      const found = [...findDamage(copy), ...findLoss(before, copy)];
      if (found.length > 0) throw new Error(found.join('; '));
      return applied;
    } finally {
      copy.close();
    }
  } catch (error) {
    clearStaged(database);
    throw refusal({ error, version, to });
  }
}

/** Makes the staged database the next one; nobody has the present one open. */
export function decideUpgrade(database: string, fromVersion: number): void {
  syncFile(stagedPath(database));
  reach('upgrade.checked');
  decideSwitch(database, freeLabel(database, upgradeLabel(fromVersion)));
}

/** Bytes of the pages in use. */
function usedBytes(db: Connection): number {
  return (
    db.get<{ bytes: number }>(`
      SELECT (page_count - freelist_count) * page_size AS bytes
      FROM pragma_page_count, pragma_freelist_count, pragma_page_size`)?.bytes ?? 0
  );
}

function refusal({
  error,
  version,
  to,
}: {
  readonly error: unknown;
  readonly version: number;
  readonly to: number;
}): OperatorError {
  if (error instanceof OperatorError && error.code === 'storage_unavailable') return error;
  const why = error instanceof Error ? error.message : String(error);
  return new OperatorError(
    'upgrade_failed',
    `the database could not be brought from schema ${version} to ${to}, and is as it was: ${why}`,
    { cause: error },
  );
}
