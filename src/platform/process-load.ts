import { monitorEventLoopDelay, performance } from 'node:perf_hooks';
import type { Clock } from './clock.ts';

/** What a process takes of the machine; spans in seconds. */
export interface ProcessLoad {
  readonly cpuSeconds: number;
  readonly residentBytes: number;
  readonly loopActiveSeconds: number;
  /** How late the event loop was since the look before; null: nothing was measured yet. */
  readonly loopDelay: { readonly p50: number; readonly p99: number; readonly max: number } | null;
}

/** Looks at the load of this process. */
export interface LoadWatch {
  look(): ProcessLoad;
  stop(): void;
}

/** How often lateness is measured while somebody looks, in milliseconds. */
const RESOLUTION_MS = 20;
/** It is measured for so long after a look, in milliseconds: a gateway that nobody watches must not wake up for it. */
const WATCHED_MS = 300_000;

/** A watch that measures nothing until the first look. */
export function createLoadWatch(clock: Clock): LoadWatch {
  let histogram: ReturnType<typeof monitorEventLoopDelay> | null = null;
  let cancelTimer: () => void = () => {};

  function stop(): void {
    cancelTimer();
    histogram?.disable();
    histogram = null;
  }

  function delay(): ProcessLoad['loopDelay'] {
    cancelTimer();
    cancelTimer = clock.after(WATCHED_MS, stop);
    if (histogram === null) {
      histogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
      histogram.enable();
      return null;
    }
    if (histogram.count === 0) return null;
    // It tells how long the loop was away, which is the resolution where it is not late at all.
    const late = (nanoseconds: number): number => Math.max(0, nanoseconds / 1e9 - RESOLUTION_MS / 1e3);
    const seen = { p50: late(histogram.percentile(50)), p99: late(histogram.percentile(99)), max: late(histogram.max) };
    histogram.reset();
    return seen;
  }

  return {
    look() {
      const { user, system } = process.cpuUsage();
      return {
        cpuSeconds: (user + system) / 1e6,
        residentBytes: process.memoryUsage.rss(),
        loopActiveSeconds: performance.eventLoopUtilization().active / 1e3,
        loopDelay: delay(),
      };
    },
    stop,
  };
}
