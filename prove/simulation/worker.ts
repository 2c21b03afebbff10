import { parentPort, workerData } from 'node:worker_threads';
import { openArena } from './arena.ts';
import { shrink } from './shrink.ts';
import { type Simulated, simulate } from './simulate.ts';
import { drawSteps } from './steps.ts';

/** Which seeds a worker plays: every `stride`th from `from`, below `to`. */
export interface Share {
  readonly from: number;
  readonly to: number;
  readonly stride: number;
  readonly steps: number;
}

/** What a worker tells of each seed; the first that fails comes with its shortest case. */
export interface SeedPlayed extends Simulated {
  readonly seed: number;
  readonly shortest: Awaited<ReturnType<typeof shrink>>;
}

const { from, to, stride, steps: count }: Share = workerData;
const arena = await openArena();
let hasFailed = false;
try {
  for (let seed = from; seed < to; seed += stride) {
    const steps = drawSteps(seed, count);
    const played = await simulate(arena, { seed, steps });
    const failed = played.violations.length > 0;
    const shortest = failed && !hasFailed ? await shrink(arena, { seed, steps }) : null;
    hasFailed ||= failed;
    parentPort?.postMessage({ ...played, seed, shortest } satisfies SeedPlayed);
  }
} finally {
  arena.close();
}
