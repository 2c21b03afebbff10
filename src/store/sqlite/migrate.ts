import { readdirSync, readFileSync } from 'node:fs';
import { OperatorError } from '../../domain/errors.ts';
import type { Connection } from './connection.ts';

/** One step of the schema; `version` is the `user_version` it leads to. */
export interface Migration {
  readonly version: number;
  readonly name: string;
  readonly sql: string;
}

/** The migrations that belong to this version of Ductile, first to last. */
export function bundledMigrations(): readonly Migration[] {
  const folder = new URL('./migrations/', import.meta.url);
  return readdirSync(folder)
    .filter((name) => /^\d{4}_[a-z0-9_]+\.sql$/.test(name))
    .sort()
    .map((name) => ({ version: Number(name.slice(0, 4)), name, sql: readFileSync(new URL(name, folder), 'utf8') }));
}

/** The version of the database's schema; 0 when it is empty. */
export function schemaVersion(db: Connection): number {
  return db.get<{ user_version: number }>('PRAGMA user_version')?.user_version ?? 0;
}

/** Throws `schema_older` when a database that is only read is not as far as `migrations` lead. */
export function refuseOlderSchema(version: number, migrations: readonly Migration[]): void {
  const known = migrations.at(-1)?.version ?? 0;
  if (version >= known) return;
  throw new OperatorError(
    'schema_older',
    `the database has schema ${version}; this version of Ductile reads ${known}, and no gateway has upgraded it yet`,
  );
}

/** Throws `schema_newer` when what is at `place` is beyond what `migrations` know. */
export function refuseNewerSchema(version: number, migrations: readonly Migration[], place = 'the database'): void {
  const known = migrations.at(-1)?.version ?? 0;
  if (version <= known) return;
  throw new OperatorError(
    'schema_newer',
    `${place} has schema ${version}; this version of Ductile knows up to ${known}`,
  );
}

/** The migrations that a database of this schema still needs. */
export function dueMigrations(version: number, migrations: readonly Migration[]): readonly Migration[] {
  return migrations.filter((migration) => migration.version > version);
}

/** Brings the schema up to date, each step in a transaction. Returns the versions applied. */
export function migrate(db: Connection, migrations: readonly Migration[]): readonly number[] {
  const due = dueMigrations(schemaVersion(db), migrations);
  for (const migration of due) {
    db.transaction(() => {
      db.exec(migration.sql);
      db.exec(`PRAGMA user_version = ${migration.version}`);
    });
  }
  return due.map((migration) => migration.version);
}
