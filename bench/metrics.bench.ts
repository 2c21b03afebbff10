import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expositionText } from '../src/domain/exposition.ts';
import { collectMetrics } from '../src/engine/metrics/collect.ts';
import { createMeters } from '../src/engine/metrics/meters.ts';
import { systemClock } from '../src/platform/clock.ts';
import { createLoadWatch } from '../src/platform/process-load.ts';
import { openSqliteStore } from '../src/store/sqlite/open.ts';
import { type HarnessOptions, harness } from '../test/engine/harness.ts';
import { type Filling, fillStore, START_AT } from './filled-store.ts';

// What a scrape costs with a long history and with a short one, in alternating rounds of one run, and how long it keeps
// the event loop from others at most.

const LARGE: Filling = { finished: 1_000_000, delayed: 10_000, instances: 50, queuedEach: 200 };
const SMALL: Filling = { ...LARGE, finished: 10_000 };
const ROUNDS = 50;
const MOST_TIMES = 3;

async function scraper(dir: string, filling: Filling) {
  await fillStore(dir, filling);
  const store = openSqliteStore({ dir });
  const plugins: HarnessOptions['plugins'] = {};
  const h = await harness({ after() {} }, { plugins, start: START_AT, dir: join(dir, 'harness') });
  const meters = createMeters();
  const load = createLoadWatch(systemClock);
  const instruments = {
    ...{ meters, load, version: '0', startedAt: START_AT },
    held: () => [],
    busy: () => 0,
    linesLost: () => 0,
    spans: () => ({ sent: 0, dropped: 0 }),
  };
  const parts = { ...h.parts, store };
  return {
    scrape: async () => expositionText(await collectMetrics(parts, instruments)),
    async close() {
      load.stop();
      await h.store.close();
      await store.close();
    },
  };
}

/** Milliseconds that `work` takes, and the longest that a timer was late meanwhile. */
async function timed(work: () => Promise<string>): Promise<{ readonly took: number; readonly kept: number }> {
  let last = performance.now();
  let kept = 0;
  let running = true;
  const tick = (): void => {
    kept = Math.max(kept, performance.now() - last);
    last = performance.now();
    if (running) setImmediate(tick);
  };
  setImmediate(tick);
  const began = performance.now();
  await work();
  const took = performance.now() - began;
  await new Promise((resolve) => setImmediate(resolve));
  running = false;
  return { took, kept };
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

const root = mkdtempSync(join(tmpdir(), 'ductile-bench-'));
try {
  const large = await scraper(join(root, 'large'), LARGE);
  const small = await scraper(join(root, 'small'), SMALL);
  const figures = { large: [] as number[], small: [] as number[], kept: [] as number[] };
  for (let round = 0; round < ROUNDS; round += 1) {
    figures.small.push((await timed(small.scrape)).took);
    const { took, kept } = await timed(large.scrape);
    figures.large.push(took);
    figures.kept.push(kept);
  }
  const text = await large.scrape();
  await large.close();
  await small.close();
  const [one, other] = [median(figures.large), median(figures.small)];
  console.log(
    `a scrape with ${LARGE.instances * LARGE.queuedEach} jobs that wait and ${LARGE.instances} instances, ${text.length} bytes`,
  );
  console.log(`  with ${SMALL.finished} finished jobs     ${other.toFixed(2)} ms (median of ${ROUNDS})`);
  console.log(`  with ${LARGE.finished} finished jobs   ${one.toFixed(2)} ms`);
  console.log(`  event loop kept at most      ${Math.max(...figures.kept).toFixed(2)} ms`);
  const passed = one <= MOST_TIMES * other;
  console.log(`${passed ? 'PASS' : 'FAIL'} metrics (at most ${MOST_TIMES} times)`);
  process.exitCode = passed ? 0 : 1;
} finally {
  rmSync(root, { recursive: true, force: true });
}
