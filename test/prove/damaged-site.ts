import { appendFileSync, closeSync, mkdirSync, mkdtempSync, openSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { TestContext } from 'node:test';
import { type Site, siteAt } from '../../prove/site.ts';
import { openSqliteStore } from '../../src/store/sqlite/open.ts';

const JOB = `INSERT INTO jobs (seq, id, instance, plugin, command, priority, status, ready, attempt, attempts_used,
  max_attempts, orphans, run_at, dedupe_window_ms, idempotency_key, submitted_by, root_job_id, source_event_id, depth,
  from_core, config_version, created_at, completed_at)
  VALUES (?, ?, ?, 'work', 'handle', 0, 'succeeded', NULL, ?, 1, 5, 0, 0, 0, 'k', ?, ?, ?, 0, 0, 'v', 0, 100)`;
const ATTEMPT = `INSERT INTO attempts (job_seq, attempt, instance, outcome, started_at, ended_at, config_version,
  state_version, stderr_bytes, truncated, logs_dropped, warnings, logs, stderr, response)
  VALUES (?, ?, ?, ?, ?, ?, 'v', 0, 0, 0, 0, '[]', '[]', '', ?)`;

/** A small site in which every promise was kept; damage it, then let the oracle judge. */
export interface DamagedSite {
  readonly site: Site;
  /** Changes the database. */
  sql(statement: string): void;
  /** Overwrites the last byte of the first page of an index, where its first key ends. */
  spoil(index: string): void;
  /** Adds a line to a log. */
  line(log: 'acknowledgements' | 'effects' | 'orders', text: string): void;
}

/**
 * Makes a site with the jobs `a` (first orphaned, then succeeded with an event), `b` (routed from it), `s` (of a slot)
 * and `c` (cancelled by an operator).
 */
export function intactSite(t: TestContext): DamagedSite {
  const dir = mkdtempSync(join(tmpdir(), 'ductile-oracle-'));
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  const site = siteAt(dir);
  mkdirSync(site.stateDir, { mode: 0o700 });
  writeFileSync(site.config, JSON.stringify({ routes: [{ name: 'one', event_type: 'hop', to: 'second' }] }));
  writeFileSync(site.acknowledgements, 'a\nc\n');
  writeFileSync(site.orders, 'cancelled c 90\n');
  writeFileSync(
    site.effects,
    'a 1 begin 7 1\na 2 begin 8 2\na 2 end\nb 1 begin 9 2\nb 1 end\ns 1 begin 10 2\ns 1 end\n',
  );
  openSqliteStore({ dir: site.stateDir }).close();
  fill(site.database);
  return {
    site,
    sql(statement) {
      const database = new DatabaseSync(site.database);
      database.exec(statement);
      database.close();
    },
    spoil: (index) => spoil(site.database, index),
    line: (log, text) => appendFileSync(site[log], `${text}\n`),
  };
}

function spoil(path: string, index: string): void {
  const database = new DatabaseSync(path);
  database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
  const page = Number(database.prepare('SELECT rootpage FROM sqlite_schema WHERE name = ?').get(index)?.rootpage);
  const size = Number(database.prepare('PRAGMA page_size').get()?.page_size);
  database.close();
  const file = openSync(path, 'r+');
  // The last cell of a page is its first record: a key of one letter and the number of its row.
  writeSync(file, 'z', page * size - 2);
  closeSync(file);
}

function fill(path: string): void {
  const database = new DatabaseSync(path);
  const job = database.prepare(JOB);
  const attempt = database.prepare(ATTEMPT);
  const answer = (count: number, last: string, events: readonly object[]): string =>
    JSON.stringify({ protocol: 1, status: 'ok', state_updates: { count, last }, events });
  job.run(1, 'a', 'first', 2, 'cli', 'a', null);
  job.run(2, 'b', 'second', 1, 'route:one', 'a', 'e');
  job.run(3, 's', 'third', 1, 'scheduler:third/default', 's', null);
  job.run(4, 'c', 'fourth', 0, 'cli', 'c', null);
  database.exec("UPDATE jobs SET status = 'cancelled', attempts_used = 0 WHERE id = 'c'");
  attempt.run(1, 1, 'first', 'orphaned', 10, 20, 'null');
  attempt.run(1, 2, 'first', 'succeeded', 20, 30, answer(1, 'a.2', [{ type: 'hop' }]));
  attempt.run(2, 1, 'second', 'succeeded', 40, 50, answer(1, 'b.1', []));
  attempt.run(3, 1, 'third', 'succeeded', 40, 50, answer(1, 's.1', []));
  database.exec(`
    INSERT INTO events (id, source, type, occurred_at, created_at, job_id, attempt, root_job_id, depth, from_core, payload)
      VALUES ('e', 'instance:first', 'hop', 30, 30, 'a', 2, 'a', 0, 0, '{}');
    INSERT INTO slots VALUES ('third', 'default', 1000, 's');
    INSERT INTO instances (name, cap) VALUES ('first', 1), ('second', 1), ('third', 1), ('fourth', 1);
    INSERT INTO state_versions (instance, version, at, job_id, attempt, value) VALUES
      ('first', 1, 30, 'a', 2, '{"count":1,"last":"a.2"}'), ('second', 1, 50, 'b', 1, '{"count":1,"last":"b.1"}'),
      ('third', 1, 50, 's', 1, '{"count":1,"last":"s.1"}');`);
  database.close();
}
