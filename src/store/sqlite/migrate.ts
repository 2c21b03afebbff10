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

/** Throws `schema_newer` when the database is beyond what `migrations` know. */
export function refuseNewerSchema(version: number, migrations: readonly Migration[]): void {
  const known = migrations.at(-1)?.version ?? 0;
  if (version <= known) return;
  throw new OperatorError(
    'schema_newer',
    `the database has schema ${version}; this version of Ductile knows up to ${known}`,
  );
}

/** Brings the schema up to date, each step in a transaction; calls `backup` first when there is anything to lose. Returns the versions applied. */
export function migrate({
  db,
  migrations,
  backup,
}: {
  readonly db: Connection;
  readonly migrations: readonly Migration[];
  readonly backup: (fromVersion: number) => void;
}): readonly number[] {
  const version = schemaVersion(db);
  refuseNewerSchema(version, migrations);
  const due = migrations.filter((migration) => migration.version > version);
  if (due.length > 0 && version > 0) backup(version);
  for (const migration of due) {
    db.transaction(() => {
      db.exec(migration.sql);
      db.exec(`PRAGMA user_version = ${migration.version}`);
    });
  }
  return due.map((migration) => migration.version);
}
