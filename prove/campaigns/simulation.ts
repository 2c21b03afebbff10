import { Worker } from 'node:worker_threads';
import type { Campaign, CampaignOptions, CampaignResult } from '../campaign.ts';
import { openArena } from '../simulation/arena.ts';
import { formatCase } from '../simulation/case.ts';
import { simulate, TO_REACH } from '../simulation/simulate.ts';
import { drawSteps } from '../simulation/steps.ts';
import type { SeedPlayed, Share } from '../simulation/worker.ts';

const STEPS = 500;
/** Threads: a fault point can be armed once in each. */
const WORKERS = 2;
/** From so many seeds on, everything that can be reached must have been. */
const ENOUGH = 100;
/** Seeds that are played a second time, to see that nothing but the seed decides. */
const TWICE = 3;

/** The real engine over the real store, with simulated time, chance and processes, and deaths at every fault point. */
export const simulation: Campaign = {
  name: 'simulation',
  about:
    `the real engine over the real store in ${STEPS} steps a seed, with simulated time, chance and processes: submissions, ` +
    'events, every way for an attempt to end, late ends, cancels, retries, leaps and turns of the clock, refusing storage, ' +
    'shutdowns, and deaths at every fault point. Those of the gateway itself and of the spawn are passed by its stand-ins',
  passes:
    'no promise is broken at any step, every job comes to its end, every transition, outcome and fault point was reached, ' +
    'and the same seed gives the same trace',
  rounds: { short: 100, full: 10_000 },
  chunk: 1_000,
  figures: { 'steps per second': 'min' },
  run,
};

async function run({ rounds, seed, say }: CampaignOptions): Promise<CampaignResult> {
  const played: SeedPlayed[] = [];
  const startedAt = performance.now();
  const shares = Array.from({ length: WORKERS }, (_, index) => {
    return { from: seed + index, to: seed + rounds, stride: WORKERS, steps: STEPS };
  });
  await Promise.all(
    shares.map((share) =>
      playShare(share, (one) => {
        played.push(one);
        say(`played ${played.length} of ${rounds} seeds`);
      }),
    ),
  );
  const seconds = (performance.now() - startedAt) / 1_000;
  const steps = total(played, (one) => one.steps);
  const reached = new Set(played.flatMap((one) => Object.keys(one.reached)));
  const missed = TO_REACH.filter((what) => !reached.has(what));
  return {
    faults: total(played, ({ faults }) => faults),
    figures: {
      seeds: played.length,
      steps,
      jobs: total(played, ({ jobs }) => jobs),
      attempts: total(played, ({ attempts }) => attempts),
      'steps per second': Math.round(steps / seconds),
      transitions: share('transition ', reached),
      outcomes: share('outcome ', reached),
      'fault points died at': share('killed at ', reached),
    },
    violations: [
      ...played.toSorted((one, other) => one.seed - other.seed).flatMap(told),
      ...(rounds < ENOUGH ? [] : missed.map((what) => `never reached: ${what}`)),
      ...(await playedTwice(played.filter((one) => one.seed < seed + TWICE))),
    ],
  };
}

function playShare(share: Share, heard: (played: SeedPlayed) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL('../simulation/worker.ts', import.meta.url), { workerData: share });
    worker.on('message', heard);
    worker.on('error', reject);
    worker.on('exit', (code) => (code === 0 ? resolve() : reject(new Error(`a worker ended with ${code}`))));
  });
}

function told({ seed, steps, violations, shortest }: SeedPlayed): readonly string[] {
  const [first] = violations;
  if (first === undefined) return [];
  const short = shortest === null ? '' : `; ${shortest.steps.length} steps do: ${formatCase(shortest)}`;
  return [`seed ${seed}, step ${steps}: ${first}${short}`];
}

async function playedTwice(played: readonly SeedPlayed[]): Promise<readonly string[]> {
  const arena = await openArena();
  const different: string[] = [];
  for (const { seed, trace } of played) {
    const again = await simulate(arena, { seed, steps: drawSteps(seed, STEPS) });
    if (again.trace !== trace)
      different.push(`seed ${seed} left the trace ${trace}, and ${again.trace} the second time`);
  }
  arena.close();
  return different;
}

function share(prefix: string, reached: ReadonlySet<string>): string {
  const all = TO_REACH.filter((what) => what.startsWith(prefix));
  return `${all.filter((what) => reached.has(what)).length} of ${all.length}`;
}

function total(played: readonly SeedPlayed[], of: (played: SeedPlayed) => number): number {
  return played.reduce((sum, one) => sum + of(one), 0);
}
