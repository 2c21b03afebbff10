import type { ConfigInForce, ConfigVersion } from '../port/configs.ts';
import type { Connection } from './connection.ts';

const NEWEST = 'SELECT version FROM config_versions ORDER BY seq DESC LIMIT 1';
const INSERT = 'INSERT INTO config_versions (version, at, file, text) VALUES (?, ?, ?, ?)';
const TABLE = "SELECT 1 AS there FROM sqlite_master WHERE type = 'table' AND name = 'config_versions'";
const LISTED = 'SELECT version, at, file FROM config_versions ORDER BY seq DESC LIMIT 1000';
const TEXT_OF =
  'SELECT version, at, file, text FROM config_versions INDEXED BY config_versions_by_version WHERE version = ? ORDER BY seq DESC LIMIT 1';

/** Notes that a configuration came into force, unless it is the one that was. */
export function recordConfig(db: Connection, { version, file, text }: ConfigInForce, at: number): void {
  if (db.get<{ version: string }>(NEWEST)?.version === version) return;
  db.run(INSERT, version, at, file, text);
}

/** The versions that came into force, newest first, at most 1,000. */
export function readConfigVersions(db: Connection): readonly ConfigVersion[] {
  // A database that no gateway of this version has opened yet can be read, but knows of none.
  if (db.get(TABLE) === undefined) return [];
  return db.all<ConfigVersion>(LISTED).map((row) => ({ ...row }));
}

/** The text of a version as it was last in force, or null. */
export function readConfigText(db: Connection, version: string): (ConfigVersion & ConfigInForce) | null {
  const row = db.get<ConfigVersion & ConfigInForce>(TEXT_OF, version);
  return row === undefined ? null : { ...row };
}
