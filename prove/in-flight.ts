import { DatabaseSync } from 'node:sqlite';
import type { Site } from './site.ts';

/** The attempts that were in progress when a gateway was killed, one text each: `<job> <attempt>`. */
export type InFlight = readonly string[];

/** What the database of a gateway that has ended says is in progress; nothing, when it ended before there was one. */
export function inFlight({ database: path }: Pick<Site, 'database'>): InFlight {
  let database: DatabaseSync;
  try {
    database = new DatabaseSync(path, { readOnly: true });
  } catch {
    return [];
  }
  try {
    const found = database.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'jobs'").get();
    if (found === undefined) return [];
    const rows = database.prepare("SELECT id, attempt FROM jobs WHERE status = 'running'").all();
    return rows.map(({ id, attempt }) => `${String(id)} ${String(attempt)}`);
  } finally {
    database.close();
  }
}

/**
 * Compares what was in progress at each kill with what became of it: every such attempt is recorded as orphaned, and
 * a job was given up as poison only when it was the only one in progress at its last kill, after two others.
 */
export function judgeKills({ database: path }: Pick<Site, 'database'>, kills: readonly InFlight[]): readonly string[] {
  const database = new DatabaseSync(path, { readOnly: true });
  try {
    const outcome = database.prepare(
      `SELECT attempts.outcome FROM attempts JOIN jobs ON jobs.seq = attempts.job_seq
       WHERE jobs.id = ? AND attempts.attempt = ?`,
    );
    const forgotten = [...new Set(kills.flat())].flatMap((text) => {
      const [id = '', attempt] = text.split(' ');
      const row = outcome.get(id, Number(attempt));
      return row?.outcome === 'orphaned' ? [] : [`in progress at a kill, but ${String(row?.outcome)}: ${text}`];
    });
    const poisoned = database
      .prepare("SELECT id, attempt FROM jobs WHERE status = 'dead' AND last_error_code = 'poison'")
      .all();
    return [
      ...forgotten,
      ...poisoned.flatMap(({ id, attempt }) => innocent(kills, `${String(id)} ${String(attempt)}`, String(id))),
    ];
  } finally {
    database.close();
  }
}

function innocent(kills: readonly InFlight[], last: string, id: string): readonly string[] {
  const alone = kills.some((running) => running.length === 1 && running[0] === last);
  if (!alone) return [`given up as poison, but it did not run alone: ${last}`];
  const ends = new Set(kills.flat().filter((text) => text.startsWith(`${id} `))).size;
  return ends >= 3 ? [] : [`given up as poison after ${ends} kills: ${last}`];
}
