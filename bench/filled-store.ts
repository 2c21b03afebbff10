import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { JobDraft } from '../src/domain/job.ts';
import type { Settlement } from '../src/domain/settlement.ts';
import { attemptOf, draftOf, settlementOf } from '../src/store/contract-values.ts';
import { DATABASE_FILE, openSqliteStore } from '../src/store/sqlite/open.ts';

/** How much a filled store holds. */
export interface Filling {
  readonly finished: number;
  readonly delayed: number;
  /** All but the first of them are at their cap. */
  readonly instances: number;
  readonly queuedEach: number;
}

/** The instance that is open, and the time that everything in a filled store counts from. */
export const OPEN_INSTANCE = 'instance0';
export const START_AT = 1_700_000_000_000;

const SERIES = 'WITH RECURSIVE series(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM series WHERE n < ?1)';

/** Makes a database with a long history and a long queue, by statements that insert many rows at a time. */
export async function fillStore(dir: string, filling: Filling): Promise<void> {
  const store = openSqliteStore({ dir });
  const instances = Array.from({ length: filling.instances }, (_, index) => ({
    name: `instance${index}`,
    cap: index === 0 ? 1_000_000 : 1,
    rateLimit: null,
  }));
  await store.commit({ kind: 'sync', instances, schedules: [], at: START_AT });
  await store.close();

  const db = new DatabaseSync(join(dir, DATABASE_FILE));
  db.exec('PRAGMA synchronous = OFF; PRAGMA temp_store = MEMORY; PRAGMA cache_size = -65536');
  const indexes = db
    .prepare("SELECT name, sql FROM sqlite_schema WHERE type = 'index' AND tbl_name = 'jobs' AND sql IS NOT NULL")
    .all();
  db.exec('BEGIN');
  for (const { name } of indexes) db.exec(`DROP INDEX ${name}`);
  insertJobs(db, { kind: 'finished', count: filling.finished, over: filling.instances });
  insertJobs(db, { kind: 'delayed', count: filling.delayed, over: filling.instances });
  insertJobs(db, { kind: 'queued', count: filling.queuedEach * filling.instances, over: filling.instances });
  insertJobs(db, { kind: 'running', count: filling.instances - 1, over: filling.instances });
  db.exec("INSERT INTO payloads (job_seq, payload) SELECT seq, '{}' FROM jobs");
  for (const { sql } of indexes) db.exec(String(sql));
  db.exec('COMMIT; PRAGMA wal_checkpoint(TRUNCATE)');
  db.close();
}

/** Columns in which the kinds of rows differ: status, ready, priority, run_at, owner, completed_at. */
const KINDS = {
  finished: `'succeeded', NULL, 0, ${START_AT} - 86400000, NULL, ${START_AT} - 3600000 + n`,
  delayed: `'queued', 0, 100, ${START_AT} + 86400000 + n, NULL, NULL`,
  queued: `'queued', 1, n % 5, ${START_AT} - n % 1000, NULL, NULL`,
  running: `'running', NULL, 0, ${START_AT}, 'bench', NULL`,
} as const;

function insertJobs(
  db: DatabaseSync,
  { kind, count, over }: { readonly kind: keyof typeof KINDS; readonly count: number; readonly over: number },
): void {
  const first = Number(db.prepare('SELECT ifnull(max(seq), 0) AS seq FROM jobs').get()?.seq);
  const id = "printf('%08x-%04x-7000-8000-%012x', (?2 + n) / 65536, (?2 + n) % 65536, ?2 + n)";
  db.prepare(`
    INSERT INTO jobs (id, root_job_id, instance, status, ready, priority, run_at, owner, completed_at, plugin, command, attempt,
      attempts_used, max_attempts, orphans, dedupe_window_ms, idempotency_key, submitted_by, depth, from_core, config_version, created_at)
    ${SERIES}
    SELECT ${id}, ${id}, 'instance' || (${kind === 'running' ? 'n' : 'n % CAST(?3 AS INTEGER)'}), ${KINDS[kind]}, 'plugin', 'handle', 1, 1, 5, 0, 86400000,
      ${id}, 'cli', 0, 0, '0123456789abcdef', ${START_AT} FROM series WHERE n <= ?1 AND ?3 > 0`).run(
    count,
    first,
    over,
  );
}

/** A plain draft that is due at once. */
export function draft(id: string, at: number): JobDraft {
  const payload = { text: 'a payload of ordinary size', value: 42 };
  return draftOf(id, { instance: OPEN_INSTANCE, payload, runAt: at, createdAt: at });
}

/** The settlement of an attempt that succeeded without any effect. */
export function success(attempt: number, at: number): Settlement {
  const record = { startedAt: at, endedAt: at, stderr: '', stderrBytes: 0, response: {}, logs: [] };
  return settlementOf(attempt, { runAt: at, completedAt: at, attempt: attemptOf(attempt, record) });
}
