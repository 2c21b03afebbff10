import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { contradictions, lost } from '../oracle.ts';
import type { Site } from '../site.ts';

/** What a database that came out of a cut shows. */
export interface CutFindings {
  /** Acknowledged jobs that are gone. */
  readonly lost: readonly string[];
  /** Everything else that contradicts a promise. */
  readonly corrupt: readonly string[];
}

/** Puts files into a directory that is made anew. */
export function layOut(dir: string, files: ReadonlyMap<string, Buffer>): void {
  rmSync(dir, { recursive: true, force: true });
  mkdirSync(dir, { mode: 0o700 });
  for (const [name, content] of files) writeFileSync(join(dir, name), content, { mode: 0o600 });
}

/** Lets SQLite recover the database at `path` and compares it with what clients were told before the cut. */
export function checkCut(path: string, acknowledged: readonly string[], site: Pick<Site, 'config'>): CutFindings {
  try {
    const database = new DatabaseSync(path);
    try {
      // This copy need not survive anything.
      database.exec('PRAGMA synchronous = OFF');
      const tables = Number(database.prepare('SELECT count(*) AS n FROM sqlite_schema').get()?.n);
      // The cut came before the first migration was sure.
      if (tables === 0) return { lost: lost(acknowledged, []), corrupt: [] };
      const jobs = database.prepare('SELECT id FROM jobs').all() as unknown as { readonly id: string }[];
      return { lost: lost(acknowledged, jobs), corrupt: contradictions(database, site) };
    } finally {
      database.close();
    }
  } catch (error) {
    return { lost: [], corrupt: [`the database cannot be read: ${String(error)}`] };
  }
}
