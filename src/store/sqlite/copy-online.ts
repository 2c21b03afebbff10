import { Worker } from 'node:worker_threads';
import { FILL_HEADER, MAKE_HEADER } from './backup-header.ts';

/** Pages of one step; 1 MiB. */
const STEP_PAGES = 256;
/** The copy is synced after so many steps, so that commits never wait for a large one. */
const STEPS_BETWEEN_SYNCS = 4;
/** How long it rests after each step, in milliseconds: the disk belongs to the gateway. */
const REST_MS = 5;

/** What a thread says in the end. */
type Word =
  | { readonly kind: 'done'; readonly schema: number; readonly jobs: number }
  | { readonly kind: 'stopped' }
  | { readonly kind: 'unsound'; readonly found: string }
  | { readonly kind: 'failed'; readonly message: string; readonly errcode: number | null };

/** What became of a copy. */
export type Copied = Word;

/**
 * Copies a database that is at work into `to`, an empty file, beside the work: in a thread of its own, in steps with a
 * rest between them, all of one moment. The copy is one file, describes itself, has been checked and is synced. Resolves
 * whatever happens; only a bug rejects.
 */
export function copyOnline({
  from,
  to,
  gateway,
  at,
  signal,
}: {
  readonly from: string;
  readonly to: string;
  readonly gateway: string;
  readonly at: number;
  readonly signal?: AbortSignal | undefined;
}): Promise<Copied> {
  const flag = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  const worker = new Worker(PROGRAM, {
    eval: true,
    workerData: {
      ...{ from, to, gateway, at, flag },
      ...{ stepPages: STEP_PAGES, stepsBetweenSyncs: STEPS_BETWEEN_SYNCS, restMs: REST_MS },
      ...{ makeHeader: MAKE_HEADER, fillHeader: FILL_HEADER },
    },
  });
  const stop = (): void => {
    Atomics.store(flag, 0, 1);
    Atomics.notify(flag, 0);
  };
  if (signal?.aborted === true) stop();
  signal?.addEventListener('abort', stop, { once: true });
  return new Promise<Copied>((resolve, reject) => {
    let word: Word = { kind: 'failed', message: 'the thread ended without a word', errcode: null };
    worker.on('message', (said: Word) => {
      word = said;
    });
    worker.on('error', reject);
    worker.on('exit', () => resolve(word));
  }).finally(() => signal?.removeEventListener('abort', stop));
}

/**
 * As text, so that it runs wherever this file lies and whatever it was built into. The read transaction keeps every step
 * at one moment. The descriptor for syncing is closed after the copy is: closing a file drops this process's locks on it.
 */
const PROGRAM = `
const { workerData, parentPort } = require('node:worker_threads');
const { closeSync, fdatasyncSync, fsyncSync, openSync } = require('node:fs');
const { DatabaseSync, backup } = require('node:sqlite');
const { from, to, gateway, at, flag, stepPages, stepsBetweenSyncs, restMs, makeHeader, fillHeader } = workerData;
const STOPPED = new Error('stopped');
const goOn = () => { if (Atomics.load(flag, 0) === 1) throw STOPPED; };

async function copy() {
  const descriptor = openSync(to, 'r');
  const source = new DatabaseSync(from, { readOnly: true, timeout: 5000 });
  source.exec('BEGIN');
  source.prepare('SELECT count(*) FROM sqlite_schema').get();
  let steps = 0;
  try {
    await backup(source, to, {
      rate: stepPages,
      progress() {
        steps += 1;
        if (steps % stepsBetweenSyncs === 0) fdatasyncSync(descriptor);
        Atomics.wait(flag, 0, 0, restMs);
        goOn();
      },
    });
  } finally {
    source.close();
  }
  goOn();
  const db = new DatabaseSync(to);
  db.exec('PRAGMA temp_store = MEMORY; PRAGMA synchronous = FULL');
  db.exec('PRAGMA journal_mode = DELETE');
  db.exec(makeHeader);
  db.prepare(fillHeader).run(gateway, at);
  const header = db.prepare('SELECT schema, jobs FROM backup_header').get();
  goOn();
  const found = db.prepare('PRAGMA quick_check(5)').all().map((row) => row.quick_check);
  db.close();
  fsyncSync(descriptor);
  closeSync(descriptor);
  goOn();
  if (found.length !== 1 || found[0] !== 'ok') return { kind: 'unsound', found: found.join('; ') };
  return { kind: 'done', ...header };
}

copy()
  .catch((error) =>
    error === STOPPED ? { kind: 'stopped' } : { kind: 'failed', message: error.message, errcode: error.errcode ?? null })
  .then((word) => parentPort.postMessage(word));
`;
