/** Time as the engine sees it: the wall clock for instants, the monotonic clock for spans, and timers. */
export interface Clock {
  /** Epoch milliseconds, whole. */
  now(): number;
  /** Milliseconds from an arbitrary origin; never goes back. */
  monotonic(): number;
  /** Calls `wake` once when the wall clock has reached `at` (checked again after long sleeps and clock jumps); returns the cancel function. */
  at(at: number, wake: () => void): () => void;
  /** Calls `wake` once after `ms` of the monotonic clock (at most 24 days); returns the cancel function. */
  after(ms: number, wake: () => void): () => void;
}

/** Longest single timer, so that suspend and clock jumps are noticed within a minute. */
const MAX_SLEEP_MS = 60_000;

/** The machine's own clock. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  at(at, wake) {
    let timer: NodeJS.Timeout;
    const arm = (): void => {
      const left = at - Date.now();
      timer = setTimeout(() => (Date.now() >= at ? wake() : arm()), Math.min(Math.max(left, 0), MAX_SLEEP_MS));
    };
    arm();
    return () => clearTimeout(timer);
  },
  after(ms, wake) {
    const timer = setTimeout(wake, ms);
    return () => clearTimeout(timer);
  },
};
