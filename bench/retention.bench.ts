import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { v7 } from 'uuid';
import { applyRetention } from '../src/engine/janitor.ts';
import { systemClock } from '../src/platform/clock.ts';
import type { Retention, Store } from '../src/store/port.ts';
import { openSqliteStore } from '../src/store/sqlite/open.ts';
import { draft, fillStore, START_AT } from './filled-store.ts';

/** How much longer an enqueue may take while retention works, and how many rows it removes meanwhile. */
const MOST_TIMES_LONGER = 2;
const ROWS = 500_000;
/** Enqueues that are timed before and after. */
const ALONE = 2_000;
/** Between two enqueues, in milliseconds. */
const PAUSE_MS = 2;
const DAY = 86_400_000;
/** Every job has ended an hour before. */
const NOTHING_STAYS: Retention = {
  succeededMs: 0,
  deadLettersMs: DAY,
  eventsMs: DAY,
  decisionsMs: DAY,
  deliveriesMs: DAY,
  rejectionsMs: DAY,
};

/** Milliseconds from the call until the job is durable. */
interface Spread {
  readonly median: number;
  readonly p99: number;
  readonly most: number;
}

/** What was measured; every figure comes from the same run. */
interface Figures {
  readonly before: Spread;
  readonly during: Spread;
  readonly after: Spread;
  readonly rows: number;
  readonly seconds: number;
}

/** Removes `rows` jobs with their payloads while one caller enqueues, and times what that caller waits. */
async function measure(rows: number): Promise<Figures> {
  const dir = mkdtempSync(join(tmpdir(), 'ductile-bench-'));
  try {
    await fillStore(dir, { finished: rows, delayed: 0, instances: 20, queuedEach: 50 });
    const store = openSqliteStore({ dir });
    const before = spread(await enqueueWhile(store, (count) => count < ALONE));
    let pruning = true;
    const started = performance.now();
    const pruned = applyRetention({
      store,
      clock: { ...systemClock, now: () => START_AT },
      retention: () => NOTHING_STAYS,
      stopped: () => false,
    }).finally(() => {
      pruning = false;
    });
    const during = spread(await enqueueWhile(store, () => pruning));
    await pruned;
    const seconds = (performance.now() - started) / 1_000;
    const after = spread(await enqueueWhile(store, (count) => count < ALONE));
    const { tables } = await store.stats(NOTHING_STAYS, START_AT);
    const due = tables.find(({ table }) => table === 'jobs')?.due;
    await store.close();
    if (due !== 0) throw new Error(`${due} jobs are left that should have gone`);
    return { before, during, after, rows, seconds };
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

async function enqueueWhile(store: Store, goOn: (count: number) => boolean): Promise<readonly number[]> {
  const times: number[] = [];
  while (goOn(times.length)) {
    const started = performance.now();
    await store.commit({ kind: 'enqueue', drafts: [draft(v7(), START_AT)] });
    times.push(performance.now() - started);
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
  return times;
}

function spread(times: readonly number[]): Spread {
  const sorted = times.toSorted((one, other) => one - other);
  const at = (share: number): number =>
    sorted[Math.min(Math.floor(sorted.length * share), sorted.length - 1)] ?? Number.NaN;
  return { median: at(0.5), p99: at(0.99), most: at(1) };
}

function report({ before, during, after, rows, seconds }: Figures): boolean {
  const row = (what: string, { median, p99, most }: Spread) => ({
    what,
    'median ms': Number(median.toFixed(2)),
    'p99 ms': Number(p99.toFixed(2)),
    'most ms': Number(most.toFixed(1)),
    '× p99 before': Number((p99 / before.p99).toFixed(2)),
  });
  console.table([row('before', before), row('while retention works', during), row('after', after)]);
  console.log(`${rows} jobs removed in ${seconds.toFixed(1)} s (${Math.round(rows / seconds)}/s)`);
  const passed = during.p99 <= MOST_TIMES_LONGER * before.p99;
  console.log(`${passed ? 'PASS' : 'FAIL'} enqueue p99 while retention works ≤ ${MOST_TIMES_LONGER} × of before`);
  return passed;
}

process.exitCode = report(await measure(Number(process.argv[2] ?? ROWS))) ? 0 : 1;
