import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { DATABASE_FILE, openSqliteStore } from '../src/store/sqlite/open.ts';

/** When the first job of a history was made; the others follow a second apart. */
export const HISTORY_AT = 1_700_000_000_000;
export const HISTORY_INSTANCES = 20;

/** The id of the job, or of the event that it emitted, at a place of the history, counted from 1. */
export function historyId(place: number, kind: 'job' | 'event' = 'job'): string {
  const [high, low] = [Math.floor(place / 65_536), place % 65_536].map((part) => part.toString(16));
  const tail = place.toString(16).padStart(12, '0');
  return `${high?.padStart(8, '0')}-${low?.padStart(4, '0')}-7000-${kind === 'job' ? '8' : '9'}000-${tail}`;
}

const ID = (place: string, variant: '8' | '9') =>
  `printf('%08x-%04x-7000-${variant}000-%012x', (${place}) / 65536, (${place}) % 65536, ${place})`;
const SERIES = 'WITH RECURSIVE series(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM series WHERE n < ?1)';
const TABLES = [
  'jobs',
  'payloads',
  'results',
  'attempts',
  'events',
  'decisions',
  'dead_letters',
  'dead_groups',
] as const;

/** 92 of 100 succeeded, 4 failed, 3 dead, 1 cancelled; the last 100 wait and 5 of them run. */
const STATUS = `CASE WHEN n > ?1 - 5 THEN 'running' WHEN n > ?1 - 100 THEN 'queued'
  WHEN n % 100 < 4 THEN 'failed' WHEN n % 100 < 7 THEN 'dead' WHEN n % 100 < 8 THEN 'cancelled' ELSE 'succeeded' END`;
/** Every fourth job emitted an event that made the next one. */
const IS_CHILD = 'n % 4 = 2';

/** Makes a database with `finished` jobs, their attempts, results, events and decisions, by statements that insert many rows at a time. */
export async function fillHistory(dir: string, finished: number): Promise<void> {
  await openSqliteStore({ dir }).close();
  const db = new DatabaseSync(join(dir, DATABASE_FILE));
  db.exec('PRAGMA synchronous = OFF; PRAGMA temp_store = MEMORY; PRAGMA cache_size = -65536');
  // In order of their rows they are built in a fraction of the time that it takes to keep them.
  const later = db
    .prepare(
      `SELECT type, name, sql FROM sqlite_schema WHERE type IN ('index', 'trigger') AND sql IS NOT NULL
       AND tbl_name IN (${TABLES.map((name) => `'${name}'`).join(', ')}) ORDER BY type`,
    )
    .all();
  db.exec('BEGIN');
  for (const { type, name } of later) db.exec(`DROP ${type} ${name}`);
  const insert = (sql: string): void => {
    db.prepare(sql.replace('$series', SERIES)).run(finished);
  };
  insert(`
    INSERT INTO jobs (id, root_job_id, parent_job_id, source_event_id, source_event_seq, instance, status, ready, priority, run_at,
      owner, started_at, completed_at, last_error_code, last_error_message, plugin, command, attempt, attempts_used, max_attempts,
      orphans, dedupe_window_ms, idempotency_key, submitted_by, depth, from_core, config_version, created_at)
    $series, rows AS (SELECT n, ${STATUS} AS status, ${HISTORY_AT} + n * 1000 AS at FROM series)
    SELECT ${ID('n', '8')}, ${ID(`CASE WHEN ${IS_CHILD} THEN n - 1 ELSE n END`, '8')},
      CASE WHEN ${IS_CHILD} THEN ${ID('n - 1', '8')} END, CASE WHEN ${IS_CHILD} THEN ${ID('n - 1', '9')} END,
      CASE WHEN ${IS_CHILD} THEN (n + 2) / 4 END, 'instance' || (n % ${HISTORY_INSTANCES}), status,
      CASE WHEN status = 'queued' THEN 1 END, 0, at, CASE WHEN status = 'running' THEN 'bench' END, at + 5,
      CASE WHEN status NOT IN ('queued', 'running') THEN at + 500 END,
      CASE WHEN status IN ('failed', 'dead') THEN 'unavailable' END,
      CASE WHEN status IN ('failed', 'dead') THEN 'host ' || (n % 7) || ' did not answer within ' || n || ' ms' END,
      'plugin', 'handle', 1, 1, 5, 0, 86400000, ${ID('n', '8')},
      CASE WHEN ${IS_CHILD} THEN 'route:next' ELSE 'cli' END, CASE WHEN ${IS_CHILD} THEN 1 ELSE 0 END, 0, '0123456789abcdef', at
    FROM rows`);
  insert(`INSERT INTO payloads (job_seq, payload) $series SELECT n, '{"number":' || n || '}' FROM series`);
  insert(
    `INSERT INTO results (job_seq, result) $series SELECT n, '{"done":' || n || '}' FROM series WHERE n % 100 >= 8 AND n <= ?1 - 100`,
  );
  insert(`
    INSERT INTO attempts (job_seq, attempt, instance, outcome, error_code, error_message, started_at, ended_at, config_version,
      state_version, stderr_bytes, truncated, logs_dropped, warnings, logs, stderr, response)
    $series
    SELECT n, 1, 'instance' || (n % ${HISTORY_INSTANCES}), CASE WHEN n % 100 < 7 THEN 'failed' ELSE 'succeeded' END,
      CASE WHEN n % 100 < 7 THEN 'unavailable' END, CASE WHEN n % 100 < 7 THEN 'host did not answer' END,
      ${HISTORY_AT} + n * 1000 + 5, ${HISTORY_AT} + n * 1000 + 500, '0123456789abcdef', 0, 12, 0, 0, '[]', '[]', 'a line of it', '{}'
    FROM series WHERE n <= ?1 - 100`);
  insert(`
    INSERT INTO events (id, source, type, occurred_at, created_at, job_id, attempt, root_job_id, depth, from_core, payload)
    $series
    SELECT ${ID('4 * n - 3', '9')}, 'instance:instance' || (4 * n % ${HISTORY_INSTANCES}), 'thing.happened' || (n % 10),
      ${HISTORY_AT} + 4000 * n, ${HISTORY_AT} + 4000 * n, ${ID('4 * n - 3', '8')}, 1, ${ID('4 * n - 3', '8')}, 0, 0, '{"number":' || n || '}'
    FROM series WHERE n <= ?1 / 4`);
  insert(`
    INSERT INTO decisions (code, first_at, last_at, count, text, job_id, event_id, instance, route, value)
    $series
    SELECT CASE WHEN n % 2 = 0 THEN 'route_taken' WHEN n % 50000 = 1 THEN 'route_max_depth' ELSE 'route_condition_false' END,
      ${HISTORY_AT} + 2000 * n, ${HISTORY_AT} + 2000 * n, 1,
      'Route next was looked at.', ${ID('4 * ((n + 1) / 2) - 3', '8')}, ${ID('4 * ((n + 1) / 2) - 3', '9')},
      'instance' || (n % ${HISTORY_INSTANCES}), 'next' || (n % 2), '{"number":1}'
    FROM series WHERE n <= ?1 / 2`);
  insert(`
    INSERT INTO dead_letters (seq, job_seq, fingerprint, ended_at)
    $series SELECT n, n, printf('%016x', n % 700), ${HISTORY_AT} + n * 1000 + 500 FROM series WHERE n % 100 < 7 AND n <= ?1 - 100`);
  db.exec(`
    INSERT INTO dead_groups (fingerprint, instance, command, code, count, latest_seq)
    SELECT fingerprint, 'instance' || (max(seq) % ${HISTORY_INSTANCES}), 'handle', 'unavailable', count(*), max(seq)
    FROM dead_letters GROUP BY fingerprint`);
  for (const { sql } of later) db.exec(String(sql));
  db.exec('COMMIT; PRAGMA wal_checkpoint(TRUNCATE)');
  db.close();
}
