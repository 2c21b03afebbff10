import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { JobDraft } from '../src/domain/job.ts';
import { Connection } from '../src/store/sqlite/connection.ts';
import { bundledMigrations, migrate } from '../src/store/sqlite/migrate.ts';
import { DATABASE_FILE } from '../src/store/sqlite/open.ts';

/** Columns that jobs have had since the first schema. */
const INSERT_JOB = `
  INSERT INTO jobs (id, instance, plugin, command, priority, status, ready, attempt, attempts_used, max_attempts, orphans, run_at,
    dedupe_window_ms, idempotency_key, submitted_by, root_job_id, depth, from_core, config_version, created_at)
  VALUES (?, ?, ?, ?, 0, 'queued', 1, 0, 0, ?, 0, ?, ?, ?, ?, ?, 0, 0, ?, ?)`;

/** Makes the database of a state directory as the version with that schema left it, with jobs that wait. */
export function leaveOldDatabase(
  dir: string,
  { schema, jobs }: { readonly schema: number; readonly jobs: readonly JobDraft[] },
): void {
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const db = new Connection(join(dir, DATABASE_FILE), { setUp: 'PRAGMA journal_mode = WAL' });
  migrate(
    db,
    bundledMigrations().filter(({ version }) => version <= schema),
  );
  db.transaction(() => {
    for (const job of jobs) {
      const { id, instance, plugin, command, maxAttempts, runAt, dedupeWindowMs, submittedBy, createdAt } = job;
      const columns = [maxAttempts, runAt, dedupeWindowMs, job.idempotencyKey, submittedBy, job.rootJobId];
      const seq = db.insert(INSERT_JOB, id, instance, plugin, command, ...columns, job.configVersion, createdAt);
      db.run('INSERT INTO payloads (job_seq, payload) VALUES (?, ?)', seq, JSON.stringify(job.payload));
    }
  });
  db.close();
}
