import type { EngineParts } from './parts.ts';

/** How often the two clocks are compared, in milliseconds. */
const LOOK_EVERY_MS = 10_000;
/** What the wall clock may lose between two looks without having been set, in milliseconds. */
const DRIFT_MS = 1_000;

/**
 * Notices when the wall clock is set back, and lets nothing wait longer for it that was to wait for a span: the next
 * try of a job moves with the clock. Instants that somebody chose stay.
 */
export function createClockWatch({ clock, store, log }: EngineParts, wake: () => void) {
  let cancelTimer: () => void = () => {};
  let stopped = false;
  let looking: Promise<void> = Promise.resolve();
  let ahead = clock.now() - clock.monotonic();

  async function look(): Promise<void> {
    const now = clock.now();
    const before = ahead;
    const byMs = Math.round(before - (now - clock.monotonic()));
    if (byMs < DRIFT_MS) {
      ahead = now - clock.monotonic();
      return;
    }
    try {
      await store.commit({ kind: 'clock_back', byMs, at: now });
      ahead = before - byMs;
      log.warn('the clock was set back; pauses between attempts move with it', { by_ms: byMs });
      wake();
    } catch (error) {
      log.warn('the clock was set back; looking again', { error: error instanceof Error ? error.message : error });
    }
  }

  function arm(): void {
    cancelTimer = clock.after(LOOK_EVERY_MS, () => {
      looking = look().then(() => {
        if (!stopped) arm();
      });
    });
  }

  return {
    start: arm,
    async stop(): Promise<void> {
      stopped = true;
      cancelTimer();
      await looking;
    },
  };
}
