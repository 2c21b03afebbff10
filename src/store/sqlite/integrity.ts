import { Worker } from 'node:worker_threads';
import { OperatorError } from '../../domain/errors.ts';
import type { Connection } from './connection.ts';

/** Most findings that are told. */
const MOST = 5;
const CHECK = `PRAGMA quick_check(${MOST})`;

/** What a check of the whole file finds; an empty list when it is sound. */
type Findings = readonly string[];

/** Throws `storage_damaged` when the file does not hold together. Takes about a second for each gigabyte. */
export function refuseDamage(db: Connection): void {
  const found = db.all<{ quick_check: string }>(CHECK).map((row) => row.quick_check);
  if (!isSound(found)) throw new OperatorError('storage_damaged', damageText(found));
}

/** What is wrong with a file, when every index is compared with its table, too; an empty list when nothing is. Takes about ten seconds for each gigabyte. */
export function findDamage(db: Connection): Findings {
  const found = db
    .all<{ integrity_check: string }>(`PRAGMA integrity_check(${MOST})`)
    .map((row) => row.integrity_check);
  return isSound(found) ? [] : found;
}

/** The same beside the work, in a thread of its own; `onDamage` is told what was found, `onFailed` why nothing could be. Returns what ends it. */
export function checkBeside(
  path: string,
  { onDamage, onFailed }: { readonly onDamage: (message: string) => void; readonly onFailed: (why: string) => void },
): () => void {
  const worker = new Worker(PROGRAM, { eval: true, workerData: { path, check: CHECK } });
  worker.unref();
  worker.on('message', (found: Findings) => {
    if (!isSound(found)) onDamage(damageText(found));
  });
  worker.on('error', (error) => onFailed(error instanceof Error ? error.message : String(error)));
  return () => void worker.terminate();
}

/** As text, so that it runs wherever this file lies and whatever it was built into. */
const PROGRAM = `
const { workerData, parentPort } = require('node:worker_threads');
const { DatabaseSync } = require('node:sqlite');
const db = new DatabaseSync(workerData.path, { readOnly: true, timeout: 5000 });
parentPort.postMessage(db.prepare(workerData.check).all().map((row) => row.quick_check));
db.close();
`;

function isSound(found: Findings): boolean {
  return found.length === 1 && found[0] === 'ok';
}

function damageText(found: Findings): string {
  return `the database is damaged: ${found.join('; ')}`;
}
