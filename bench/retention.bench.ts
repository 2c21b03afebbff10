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
/** Enqueues that are timed in a row with retention at work, and without. */
const BLOCK = 2_000;
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
  readonly alone: Spread;
  readonly during: Spread;
  readonly rows: number;
  /** That retention worked. */
  readonly seconds: number;
}

/** Removes `rows` jobs with their payloads while one caller enqueues, and times what that caller waits: in turn with retention at work and without, so that what else the machine does falls on both. */
async function measure(rows: number): Promise<Figures> {
  const dir = mkdtempSync(join(tmpdir(), 'ductile-bench-'));
  try {
    await fillStore(dir, { finished: rows, delayed: 0, instances: 20, queuedEach: 50 });
    const store = openSqliteStore({ dir });
    const alone: number[] = [];
    const during: number[] = [];
    let workedMs = 0;
    for (let left = rows; left > 0; left = await dueIn(store)) {
      alone.push(...(await enqueueWhile(store, (count) => count < BLOCK)));
      let working = true;
      const began = performance.now();
      const worked = applyRetention({
        store,
        clock: { ...systemClock, now: () => START_AT },
        retention: () => NOTHING_STAYS,
        stopped: () => !working,
      }).finally(() => {
        working = false;
      });
      during.push(...(await enqueueWhile(store, (count) => working && count < BLOCK)));
      working = false;
      await worked;
      workedMs += performance.now() - began;
    }
    await store.close();
    return { alone: spread(alone), during: spread(during), rows, seconds: workedMs / 1_000 };
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

async function dueIn(store: Store): Promise<number> {
  const { tables } = await store.stats(NOTHING_STAYS, START_AT);
  return tables.find(({ table }) => table === 'jobs')?.due ?? 0;
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

function report({ alone, during, rows, seconds }: Figures): boolean {
  const row = (what: string, { median, p99, most }: Spread) => ({
    what,
    'median ms': Number(median.toFixed(2)),
    'p99 ms': Number(p99.toFixed(2)),
    'most ms': Number(most.toFixed(1)),
    '× p99 alone': Number((p99 / alone.p99).toFixed(2)),
  });
  console.table([row('alone', alone), row('while retention works', during)]);
  console.log(`${rows} jobs removed in ${seconds.toFixed(1)} s (${Math.round(rows / seconds)}/s)`);
  const passed = during.p99 <= MOST_TIMES_LONGER * alone.p99;
  console.log(`${passed ? 'PASS' : 'FAIL'} enqueue p99 while retention works ≤ ${MOST_TIMES_LONGER} × of alone`);
  return passed;
}

process.exitCode = report(await measure(Number(process.argv[2] ?? ROWS))) ? 0 : 1;
