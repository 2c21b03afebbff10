import type { HistogramSample } from '../../domain/exposition.ts';
import { createSeries } from './counter.ts';

/** How values are distributed over fixed bounds. */
export interface Histogram {
  observe(labels: readonly string[], value: number): void;
  samples(): readonly HistogramSample[];
}

interface Kept {
  /** How many values lie in each bucket alone; the last is beyond every bound. */
  readonly counts: number[];
  sum: number;
}

/** A histogram whose buckets end at `bounds`, which ascend. */
export function createHistogram(bounds: readonly number[]): Histogram {
  const series = createSeries<Kept>();
  return {
    observe(labels, value) {
      const kept = series.of(labels, () => ({ counts: Array.from({ length: bounds.length + 1 }, () => 0), sum: 0 }));
      const found = bounds.findIndex((bound) => value <= bound);
      const at = found === -1 ? bounds.length : found;
      kept.counts[at] = (kept.counts[at] ?? 0) + 1;
      kept.sum += value;
    },
    samples: () =>
      series.entries().map(({ labels, value: { counts, sum } }) => {
        let count = 0;
        const buckets = bounds.map((atMost, at) => {
          count += counts[at] ?? 0;
          return { atMost, count };
        });
        return { labels, buckets, count: count + (counts[bounds.length] ?? 0), sum };
      }),
  };
}
