import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { v7 } from 'uuid';
import type { Job } from '../src/domain/job.ts';
import type { Store } from '../src/store/port.ts';
import { openSqliteStore } from '../src/store/sqlite/open.ts';
import { draft, type Filling, fillStore, OPEN_INSTANCE, START_AT, success } from './filled-store.ts';

/** What is promised of a claim, its commit included, in microseconds. */
export const CLAIM_BUDGET_US = 150;

const FULL_SIZE: Filling = { finished: 1_000_000, delayed: 100_000, instances: 50, queuedEach: 20_000 };
const BLOCKS = 20;

/** Microseconds per call. */
interface Spread {
  readonly median: number;
  readonly p99: number;
}

/** What the benchmark measured; every figure comes from the same run. */
export interface ClaimFigures {
  /** One claim after the other. */
  readonly filled: Spread;
  /** One claim after each synced commit, which leaves the processor's caches cold. */
  readonly afterSync: Spread;
  readonly empty: Spread;
  readonly fullCommit: Spread;
  /** Acknowledged enqueues per second, by how many callers wait at a time. */
  readonly enqueuesPerSecond: { readonly alone: number; readonly of32: number };
}

/** Measures claims from a filled store against an empty store and a bare synced commit, in alternating blocks of `perBlock` calls. */
export async function measureClaims(filling: Filling, perBlock: number): Promise<ClaimFigures> {
  const root = mkdtempSync(join(tmpdir(), 'ductile-bench-'));
  try {
    await fillStore(join(root, 'filled'), filling);
    const filled = openSqliteStore({ dir: join(root, 'filled') });
    const empty = openSqliteStore({ dir: join(root, 'empty') });
    await empty.commit({
      kind: 'sync',
      instances: [{ name: OPEN_INSTANCE, cap: 1_000_000, rateLimit: null }],
      schedules: [],
      at: START_AT,
    });
    const figures = await compare({ filled, empty, bare: join(root, 'bare.db'), perBlock });
    await filled.close();
    await empty.close();
    return figures;
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

async function compare({
  filled,
  empty,
  bare,
  perBlock,
}: {
  readonly filled: Store;
  readonly empty: Store;
  readonly bare: string;
  readonly perBlock: number;
}): Promise<ClaimFigures> {
  const commitRow = bareCommit(bare);
  const times = {
    filled: [] as number[],
    afterSync: [] as number[],
    empty: [] as number[],
    fullCommit: [] as number[],
  };
  for (let block = 0; block < BLOCKS; block++) {
    times.filled.push(...(await timeClaims(filled, perBlock)));
    await Promise.all(Array.from({ length: perBlock }, () => enqueue(empty)));
    times.empty.push(...(await timeClaims(empty, perBlock)));
    for (let call = 0; call < perBlock; call++) times.fullCommit.push(timed(commitRow));
    for (let call = 0; call < perBlock / 5; call++) times.afterSync.push(...(await timeClaims(filled, 1)));
  }
  const alone = await throughput(empty, { callers: 1, each: 5 * perBlock });
  const of32 = await throughput(empty, { callers: 32, each: 2 * perBlock });
  return {
    filled: spread(times.filled),
    afterSync: spread(times.afterSync),
    empty: spread(times.empty),
    fullCommit: spread(times.fullCommit),
    enqueuesPerSecond: { alone, of32 },
  };
}

/** Times `count` claims of one job each, then finishes these jobs. */
async function timeClaims(store: Store, count: number): Promise<readonly number[]> {
  const times: number[] = [];
  const claimed: Job[] = [];
  for (let call = 0; call < count; call++) {
    const started = performance.now();
    const { jobs } = await store.claim({ slots: 1, owner: 'bench', now: START_AT, leaseMs: 60_000, only: null });
    times.push((performance.now() - started) * 1_000);
    claimed.push(...jobs.map(({ job }) => job));
  }
  if (claimed.filter(({ instance }) => instance === OPEN_INSTANCE).length !== count) {
    throw new Error('a claim did not find a job of the open instance');
  }
  await Promise.all(
    claimed.map(({ id, attempt }) =>
      store.commit({ kind: 'finish', jobId: id, attempt, settlement: success(attempt, START_AT) }),
    ),
  );
  return times;
}

async function enqueue(store: Store): Promise<void> {
  await store.commit({ kind: 'enqueue', drafts: [draft(v7(), START_AT)] });
}

async function throughput(store: Store, { callers, each }: { readonly callers: number; readonly each: number }) {
  const caller = async (): Promise<void> => {
    for (let call = 0; call < each; call++) await enqueue(store);
  };
  const started = performance.now();
  await Promise.all(Array.from({ length: callers }, caller));
  return (callers * each) / ((performance.now() - started) / 1_000);
}

function bareCommit(path: string): () => void {
  const db = new DatabaseSync(path);
  db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; CREATE TABLE bare (value TEXT) STRICT');
  const insert = db.prepare("INSERT INTO bare VALUES ('one row')");
  return () => void insert.run();
}

function timed(work: () => void): number {
  const started = performance.now();
  work();
  return (performance.now() - started) * 1_000;
}

function spread(times: readonly number[]): Spread {
  const sorted = times.toSorted((one, other) => one - other);
  const at = (share: number): number =>
    sorted[Math.min(Math.floor(sorted.length * share), sorted.length - 1)] ?? Number.NaN;
  return { median: at(0.5), p99: at(0.99) };
}

function report(figures: ClaimFigures): boolean {
  const row = (name: string, { median, p99 }: Spread) => ({
    what: name,
    'median µs': Math.round(median),
    'p99 µs': Math.round(p99),
    '× empty claim': Number((median / figures.empty.median).toFixed(2)),
    '× FULL commit': Number((median / figures.fullCommit.median).toFixed(2)),
  });
  console.table([
    row('claim, filled store', figures.filled),
    row('the same, after a sync', figures.afterSync),
    row('claim, empty store', figures.empty),
    row('bare FULL commit', figures.fullCommit),
  ]);
  const { alone, of32 } = figures.enqueuesPerSecond;
  console.log(
    `enqueue to durable: ${Math.round(alone)}/s by one caller, ${Math.round(of32)}/s by 32 (× ${(of32 / alone).toFixed(1)})`,
  );
  const passed = figures.filled.median < CLAIM_BUDGET_US;
  console.log(`${passed ? 'PASS' : 'FAIL'} claim median < ${CLAIM_BUDGET_US} µs`);
  return passed;
}

if (import.meta.main) {
  const passed = report(await measureClaims(FULL_SIZE, 100));
  process.exitCode = passed ? 0 : 1;
}
