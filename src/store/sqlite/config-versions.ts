import { isJsonObject, type Json } from '../../domain/json.ts';
import type { ConfigInForce, ConfigVersion, RecordedConfig } from '../port/configs.ts';
import type { Connection } from './connection.ts';
import { decodeJson } from './job-row.ts';

const NEWEST = 'SELECT seq, version, templates FROM config_versions ORDER BY seq DESC LIMIT 1';
const INSERT = 'INSERT INTO config_versions (version, at, file, text, templates) VALUES (?, ?, ?, ?, ?)';
const RENEW = 'UPDATE config_versions SET templates = ? WHERE seq = ?';
const COLUMN = "SELECT 1 AS there FROM pragma_table_info('config_versions') WHERE name = 'templates'";
const TEMPLATES_OF =
  'SELECT templates FROM config_versions INDEXED BY config_versions_by_version WHERE version = ? ORDER BY seq DESC LIMIT 1';
const TABLE = "SELECT 1 AS there FROM sqlite_master WHERE type = 'table' AND name = 'config_versions'";
const LISTED = 'SELECT version, at, file FROM config_versions ORDER BY seq DESC LIMIT 1000';
const TEXT_OF =
  'SELECT version, at, file, text FROM config_versions INDEXED BY config_versions_by_version WHERE version = ? ORDER BY seq DESC LIMIT 1';

/**
 * Notes that a configuration came into force, unless it is the one that was. Of that one the templates may be missing, or
 * say the same by other references: those that can be resolved now are kept.
 */
export function recordConfig(db: Connection, { version, file, text, templates }: RecordedConfig, at: number): void {
  const kept = JSON.stringify(templates);
  const newest = db.get<{ seq: number; version: string; templates: string | null }>(NEWEST);
  if (newest?.version !== version) db.run(INSERT, version, at, file, text, kept);
  else if (newest.templates !== kept) db.run(RENEW, kept, newest.seq);
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

/** The template of an instance in a version, or null when none is kept. */
export function readTemplate(db: Connection, { version, instance }: { version: string; instance: string }): Json {
  // As above.
  if (db.get(COLUMN) === undefined) return null;
  const text = db.get<{ templates: string | null }>(TEMPLATES_OF, version)?.templates ?? null;
  const templates = text === null ? null : decodeJson(text);
  return isJsonObject(templates) && Object.hasOwn(templates, instance) ? (templates[instance] ?? null) : null;
}
