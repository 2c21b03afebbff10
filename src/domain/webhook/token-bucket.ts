import type { RateLimit } from '../instance.ts';

/** Whether one more may pass; if not, when to come again. */
export type Taken = { readonly ok: true } | { readonly ok: false; readonly retryAfterMs: number };

/** A bucket for each key, filled evenly, that holds a burst of `count`. */
export interface Buckets {
  /** Takes one at `now`, in milliseconds of a clock that never goes back. */
  take(key: string, now: number): Taken;
}

/** Buckets of one size, of which at most `most` are remembered: those that were asked longest ago are forgotten first. */
export function createBuckets({ count, perMs }: RateLimit, { most }: { readonly most: number }): Buckets {
  const everyMs = perMs / count;
  /** When each bucket would be full again (GCRA). */
  const fullAt = new Map<string, number>();
  return {
    take(key, now) {
      const full = Math.max(fullAt.get(key) ?? now, now);
      const waitMs = full + everyMs - now - perMs;
      // Less than that is what rounding makes of nothing.
      if (waitMs > 0.001) return { ok: false, retryAfterMs: waitMs };
      fullAt.delete(key);
      fullAt.set(key, full + everyMs);
      if (fullAt.size > most) {
        const [oldest] = fullAt.keys();
        if (oldest !== undefined) fullAt.delete(oldest);
      }
      return { ok: true };
    },
  };
}
