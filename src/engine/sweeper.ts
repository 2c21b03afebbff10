import { isTerminal } from '../domain/job.ts';
import type { EngineParts } from './parts.ts';

/** Least time between two sweeps, in milliseconds: a sweep reads the environment of every process of this user. */
const SWEEP_EVERY_MS = 1_000;

/**
 * Ends processes that left their attempt's process group and outlived it. A sweep follows the end of attempts, never
 * more than one a second, and none while nothing ends.
 */
export function createSweeper(
  { clock, bus, log }: EngineParts,
  sweep: () => Promise<number>,
): { start(): void; stop(): Promise<void> } {
  let cancelTimer: (() => void) | null = null;
  let sweeping: Promise<void> = Promise.resolve();
  let unsubscribe: () => void = () => {};

  async function run(): Promise<void> {
    try {
      const killed = await sweep();
      if (killed > 0) log.warn('processes that had left their group were ended', { processes: killed });
    } catch (error) {
      log.error('a sweep failed; the next end of an attempt brings another', { error });
    }
  }

  /** One after the other: a sweep may take longer than the time between two. */
  function sweepNext(): void {
    cancelTimer = null;
    sweeping = sweeping.then(run);
  }

  return {
    start() {
      unsubscribe = bus.subscribe((news) => {
        if (!isTerminal(news.status) && news.status !== 'queued') return;
        cancelTimer ??= clock.after(SWEEP_EVERY_MS, sweepNext);
      });
    },
    async stop() {
      unsubscribe();
      cancelTimer?.();
      await sweeping;
      await run();
    },
  };
}
