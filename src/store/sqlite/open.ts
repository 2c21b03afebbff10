import { chmodSync, closeSync, existsSync, mkdirSync, openSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { OPERATOR_ERRORS, OperatorError } from '../../domain/errors.ts';
import { systemClock } from '../../platform/clock.ts';
import { type Log, silentLog } from '../../platform/log.ts';
import { NO_METER, type StoreMeter } from '../port/meter.ts';
import type { Store, StoreSizes } from '../port.ts';
import { makeBackup } from './backup.ts';
import { Connection } from './connection.ts';
import { refuseNetworkFileSystem } from './file-system.ts';
import { checkBeside, refuseDamage } from './integrity.ts';
import {
  bundledMigrations,
  dueMigrations,
  type Migration,
  migrate,
  refuseNewerSchema,
  refuseOlderSchema,
  schemaVersion,
} from './migrate.ts';
import { readablePath, readingHint } from './read-only-media.ts';
import { createReads } from './reads.ts';
import { storageError } from './sqlite-error.ts';
import { NO_STATS, readStats } from './stats.ts';
import { attach, createStore } from './store.ts';
import { carryOutSwitch, clearStaged, decidedSwitch } from './switch-database.ts';
import { decideUpgrade, rehearseUpgrade } from './upgrade.ts';

/** The name of the database within the state directory. */
export const DATABASE_FILE = 'ductile.db';

const OLDEST_SQLITE = [3, 51, 3] as const;
/** What the WAL file is cut to after a checkpoint, so that one burst does not keep the space for ever. */
const WAL_KEPT_BYTES = 16 * 1_048_576;
/** A check takes about a second for each gigabyte. */
const CHECKED_FIRST_BYTES = 256 * 1_048_576;

/** Checkpoints are asked for, see `createCheckpoints`. */
const SET_UP = `
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = FULL;
  PRAGMA journal_size_limit = ${WAL_KEPT_BYTES};
  PRAGMA wal_autocheckpoint = 0;
`;

/** Where the database lies and how to open it. */
export interface SqliteStoreOptions {
  /** The state directory; made with mode 0700 when it is missing. */
  readonly dir: string;
  /** True: only reads work, nothing is made or changed; without a database there is nothing to see. */
  readonly readOnly?: boolean;
  readonly log?: Log;
  /** Milliseconds from any origin, for bounding transactions. */
  readonly monotonic?: () => number;
  /** Largest database, in bytes, that is checked before it is served after an unclean end; larger ones are checked beside the work. 256 MiB unless told. */
  readonly checkedFirstBytes?: number;
  /** How long to wait for another process that writes; 5,000 ms unless told. */
  readonly busyTimeoutMs?: number;
  /** Masks secrets in the decisions that the store itself makes; asked each time, so it may follow a reload. */
  readonly mask?: (text: string) => string;
  /** Hears of what was committed. */
  readonly meter?: StoreMeter;
  readonly migrations?: readonly Migration[];
  /** Bytes that may be written beside the database, for an upgrade; what the file system says unless told. */
  readonly freeBytes?: number;
}

/** Opens the SQLite store of a state directory, its schema brought up to date. Throws `storage_refused`, `storage_unavailable`, `schema_newer` or, where it is only read, `schema_older`. */
export function openSqliteStore(options: SqliteStoreOptions): Store {
  try {
    return options.readOnly === true ? openForReading(options) : openForWriting(options);
  } catch (error) {
    throw unusable(options, error);
  }
}

function unusable({ dir, readOnly = false }: SqliteStoreOptions, error: unknown): unknown {
  const isSystemError = error instanceof Error && 'syscall' in error;
  if (!isSystemError) return storageError(error, readOnly ? readingHint(join(dir, DATABASE_FILE)) : undefined);
  const code = 'code' in error ? error.code : null;
  if (code === 'EACCES' || code === 'EPERM') {
    return new OperatorError('permission_denied', `${dir} is not open to this user (${error.message})`, {
      cause: error,
    });
  }
  return new OperatorError('storage_unavailable', `${dir} cannot hold the database (${error.message})`, {
    cause: error,
  });
}

function unmasked(text: string): string {
  return text;
}

function openForWriting(options: SqliteStoreOptions): Store {
  const { dir, log = silentLog, migrations = bundledMigrations(), busyTimeoutMs = 5_000, mask = unmasked } = options;
  const { meter = NO_METER } = options;
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  refuseNetworkFileSystem(dir);
  chmodSync(dir, 0o700);
  const path = join(dir, DATABASE_FILE);
  const kept = carryOutSwitch(path);
  if (kept !== null) log.info('a change of the database that had been cut short was finished', { kept });
  clearStaged(path);
  makePrivate(path);
  // SQLite removes its log when the last connection is closed.
  const unclean = exists(`${path}-wal`);
  const large = statSync(path).size > (options.checkedFirstBytes ?? CHECKED_FIRST_BYTES);
  const open = (): Connection => new Connection(path, { busyTimeoutMs, mask, meter, setUp: SET_UP });
  let writer = open();
  try {
    refuseOldSqlite(writer);
    expectPragma(writer, 'journal_mode', 'wal');
    expectPragma(writer, 'synchronous', 2);
    if (unclean && !large) refuseDamage(writer);
    const version = schemaVersion(writer);
    refuseNewerSchema(version, migrations);
    if (version === 0) migrate(writer, migrations);
    else if (dueMigrations(version, migrations).length > 0) {
      const applied = rehearseUpgrade({
        db: writer,
        database: path,
        version,
        migrations,
        log,
        free: options.freeBytes,
      });
      writer.close();
      decideUpgrade(path, version);
      const before = carryOutSwitch(path);
      writer = open();
      attach(writer);
      log.info(`database schema ${applied.at(-1)}`, { applied, kept: before });
    }
    const reader = new Connection(path, { readOnly: true, busyTimeoutMs });
    attach(reader);
    return createStore({
      database: path,
      writer,
      reader,
      now: systemClock.now,
      monotonic: options.monotonic ?? systemClock.monotonic,
      log,
      meter,
      sizes: () => sizesOf(path),
      checkBeside: unclean && large ? (onDamage) => checkAndTell({ path, log, onDamage }) : null,
    });
  } catch (error) {
    writer.close();
    throw error;
  }
}

function openForReading({ dir, migrations = bundledMigrations(), busyTimeoutMs = 5_000 }: SqliteStoreOptions): Store {
  const path = join(dir, DATABASE_FILE);
  refuseUnfinished(path);
  const reader = exists(path) ? new Connection(readablePath(path), { readOnly: true, busyTimeoutMs }) : null;
  try {
    const version = reader === null ? 0 : schemaVersion(reader);
    refuseNewerSchema(version, migrations);
    if (reader !== null && version > 0) {
      refuseOlderSchema(version, migrations);
      return readingStore(reader, path);
    }
    reader?.close();
    return readingStore(emptyDatabase(migrations), null);
  } catch (error) {
    reader?.close();
    throw error;
  }
}

/** Between the two renames of a switch there is no database, or one that is about to be put aside. */
function refuseUnfinished(path: string): void {
  if (!exists(dirname(path)) || decidedSwitch(path) === null) return;
  throw new OperatorError('storage_unavailable', 'a restore or an upgrade was cut short', {
    hint: '`ductile start` finishes it; nothing is lost.',
  });
}

/** False only when nothing is there: a folder that may not be looked into is an error, not an empty one. */
function exists(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false }) !== undefined;
}

function emptyDatabase(migrations: readonly Migration[]): Connection {
  const db = new Connection(':memory:');
  migrate(db, migrations);
  return db;
}

function sizesOf(path: string): StoreSizes {
  const sizeOf = (file: string): number => statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  return { database: sizeOf(path), log: sizeOf(`${path}-wal`) };
}

/** `path` is null for a database that is not there. */
function readingStore(reader: Connection, path: string | null): Store {
  let calls = 0;
  const refuse = (): Promise<never> => {
    calls++;
    return Promise.reject(new OperatorError('storage_unavailable', 'the database was opened for reading only'));
  };
  return {
    commit: refuse,
    claim: refuse,
    prune: refuse,
    read: createReads(reader, {
      onCall() {
        calls++;
      },
      onError() {},
    }),
    counters: () => ({ calls, transactions: 0, syncs: 0 }),
    watch: () => () => {},
    health: () => ({ ok: true, since: null, message: null }),
    sizes: () => (path === null ? { database: 0, log: 0 } : sizesOf(path)),
    async backup(request) {
      if (path !== null) return makeBackup({ path, db: reader }, request);
      throw new OperatorError('not_found', 'there is no database yet', { hint: '`ductile start` makes one.' });
    },
    stats: async (retention, now) =>
      path === null ? NO_STATS : readStats({ path, db: reader, synchronous: null, retention, now }),
    close: async () => reader.close(),
  };
}

/** Makes the file before SQLite does, whose side files take its mode. Only when it is new: closing a file drops the locks this process has on it. */
function makePrivate(path: string): void {
  if (existsSync(path)) chmodSync(path, 0o600);
  else closeSync(openSync(path, 'wx', 0o600));
}

function refuseOldSqlite(db: Connection): void {
  const version = db.get<{ version: string }>('SELECT sqlite_version() AS version')?.version ?? '0';
  const parts = version.split('.').map(Number);
  const difference = OLDEST_SQLITE.map((part, index) => (parts[index] ?? 0) - part).find((delta) => delta !== 0) ?? 0;
  if (difference >= 0) return;
  throw new OperatorError('storage_refused', `SQLite ${version} is older than ${OLDEST_SQLITE.join('.')}`, {
    hint: 'Run Ductile with the Node that it depends on: `npm start`, or Node 24.15 or newer.',
  });
}

function checkAndTell({
  path,
  log,
  onDamage,
}: {
  readonly path: string;
  readonly log: Log;
  readonly onDamage: (message: string) => void;
}): () => void {
  log.info('the last run did not end cleanly; the database is being checked beside the work', { file: path });
  return checkBeside(path, {
    onDamage(message) {
      log.error(`${message}; ${OPERATOR_ERRORS.storage_damaged.hint}`, { file: path });
      onDamage(message);
    },
    onFailed: (why) => log.warn('the database could not be checked', { file: path, error: why }),
  });
}

function expectPragma(db: Connection, name: string, expected: string | number): void {
  const found = Object.values(db.get<Record<string, string | number>>(`PRAGMA ${name}`) ?? {})[0];
  if (found === expected) return;
  throw new OperatorError(
    'storage_refused',
    `the database does not keep PRAGMA ${name} at ${expected} (it is ${found})`,
  );
}
