import { statSync } from 'node:fs';
import type { StorageStats, TableStats } from '../port/stats.ts';
import type { Retention } from '../port.ts';
import { HEADER_TABLE } from './backup-header.ts';
import type { Connection } from './connection.ts';
import { schemaVersion } from './migrate.ts';
import { type Query, queryBeside, type Row } from './query-beside.ts';
import { TABLE_LIVES } from './table-lives.ts';

const TABLES = `
  SELECT name FROM sqlite_schema
  WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND name <> '${HEADER_TABLE}' ORDER BY name`;
const INDEXES = "SELECT name, tbl_name AS tableName FROM sqlite_schema WHERE type = 'index'";
const BYTES = 'SELECT name, pgsize AS bytes FROM dbstat WHERE aggregate = 1';
const PAGES = `
  SELECT page_count * page_size AS bytes, freelist_count * page_size AS freeBytes
  FROM pragma_page_count, pragma_freelist_count, pragma_page_size`;
const SYNCHRONOUS = ['off', 'normal', 'full', 'extra'] as const;

type Synchronous = (typeof SYNCHRONOUS)[number];

/** Statistics of an empty store. */
export const NO_STATS: StorageStats = {
  file: null,
  schema: 0,
  bytes: 0,
  freeBytes: 0,
  walBytes: 0,
  synchronous: null,
  tables: [],
};

/**
 * What the database holds and where its bytes are. It looks at every page, about two gigabytes in a second, in a thread
 * of its own.
 */
export async function readStats({
  path,
  db,
  synchronous,
  retention,
  now,
}: {
  readonly path: string;
  readonly db: Connection;
  /** How commits sync that acknowledge something; null where none can be made. */
  readonly synchronous: Synchronous | null;
  readonly retention: Retention;
  readonly now: number;
}): Promise<StorageStats> {
  const tables = db.all<{ name: string }>(TABLES).map(({ name }) => name);
  const counts = tables.map((table) => countsOf(table, { retention, now }));
  const [pages = [], sizes = [], indexes = [], ...counted] = await queryBeside(path, [
    query(PAGES),
    query(BYTES),
    query(INDEXES),
    ...counts.flat(),
  ]);
  const bytesOf = new Map(sizes.map(({ name, bytes }) => [String(name), Number(bytes)]));
  let place = 0;
  const told = tables.map((table, index): TableStats => {
    const own = counted.slice(place, place + (counts[index]?.length ?? 0));
    place += own.length;
    return {
      table,
      ...readCounts(table, own),
      bytes: bytesOf.get(table) ?? 0,
      indexes: indexes
        .filter(({ tableName }) => tableName === table)
        .map(({ name }) => ({ index: String(name), bytes: bytesOf.get(String(name)) ?? 0 }))
        .toSorted((one, other) => other.bytes - one.bytes),
      kept: TABLE_LIVES[table]?.kept ?? 'for ever',
    };
  });
  return {
    file: path,
    schema: schemaVersion(db),
    bytes: Number(pages[0]?.['bytes'] ?? 0),
    freeBytes: Number(pages[0]?.['freeBytes'] ?? 0),
    walBytes: statSync(`${path}-wal`, { throwIfNoEntry: false })?.size ?? 0,
    synchronous,
    tables: told.toSorted((one, other) => wholeBytes(other) - wholeBytes(one)),
  };
}

/** How the connection syncs its next commit. */
export function synchronousOf(db: Connection): Synchronous | null {
  return SYNCHRONOUS[db.get<{ synchronous: number }>('PRAGMA synchronous')?.synchronous ?? -1] ?? null;
}

/** Bytes of a table with its indexes. */
function wholeBytes({ bytes, indexes }: TableStats): number {
  return indexes.reduce((sum, index) => sum + index.bytes, bytes);
}

/** Rows, the oldest one, and what is due, in this order; the last two where the table has them. */
function countsOf(
  table: string,
  { retention, now }: { readonly retention: Retention; readonly now: number },
): readonly Query[] {
  const { oldest, due = [] } = TABLE_LIVES[table] ?? {};
  return [
    query(`SELECT count(*) AS count FROM "${table}"`),
    ...(oldest === undefined ? [] : [query(oldest)]),
    ...due.map(({ by, sql }) => ({ sql, parameters: [by === 'window' ? now : now - retention[by]] })),
  ];
}

function readCounts(
  table: string,
  [rows, ...others]: readonly (readonly Row[])[],
): Pick<TableStats, 'rows' | 'oldestAt' | 'due'> {
  const { oldest, due } = TABLE_LIVES[table] ?? {};
  const at = oldest === undefined ? null : (others[0]?.[0]?.['at'] ?? null);
  const counts = oldest === undefined ? others : others.slice(1);
  return {
    rows: countIn(rows),
    oldestAt: at === null ? null : Number(at),
    due: due === undefined ? null : counts.reduce((sum, found) => sum + countIn(found), 0),
  };
}

function countIn(rows: readonly Row[] | undefined): number {
  return Number(rows?.[0]?.['count'] ?? 0);
}

function query(sql: string): Query {
  return { sql, parameters: [] };
}
