import { Worker } from 'node:worker_threads';
import { OperatorError } from '../../domain/errors.ts';
import type { Parameter } from './connection.ts';
import { readablePath } from './read-only-media.ts';

/** A query with its positional parameters. */
export interface Query {
  readonly sql: string;
  readonly parameters: readonly Parameter[];
}

/** What a query gave, on the same trust as `Connection.get`. */
export type Row = Readonly<Record<string, string | number | null>>;

type Word = { readonly rows: readonly (readonly Row[])[] } | { readonly failed: string };

/**
 * Runs queries that look at much beside the work, in a thread of its own, and resolves to the rows of each, all of one
 * moment. Throws `storage_unavailable`.
 */
export async function queryBeside(path: string, queries: readonly Query[]): Promise<readonly (readonly Row[])[]> {
  const worker = new Worker(PROGRAM, { eval: true, workerData: { path: readablePath(path), queries } });
  worker.unref();
  const word = await new Promise<Word>((resolve, reject) => {
    worker.on('message', resolve);
    worker.on('error', reject);
  });
  if ('rows' in word) return word.rows;
  throw new OperatorError('storage_unavailable', `the database could not be looked at: ${word.failed}`);
}

/** As text, so that it runs wherever this file lies and whatever it was built into. */
const PROGRAM = `
const { workerData, parentPort } = require('node:worker_threads');
const { DatabaseSync } = require('node:sqlite');
try {
  const db = new DatabaseSync(workerData.path, { readOnly: true, timeout: 5000 });
  db.exec('PRAGMA temp_store = MEMORY; BEGIN');
  const rows = workerData.queries.map(({ sql, parameters }) => db.prepare(sql).all(...parameters).map((row) => ({ ...row })));
  db.close();
  parentPort.postMessage({ rows });
} catch (error) {
  parentPort.postMessage({ failed: error.message });
}
`;
