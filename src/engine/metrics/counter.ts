import type { Sample } from '../../domain/exposition.ts';

/** Series of one metric that are told apart; what comes beyond counts as one whose labels are all `other`. */
export const MOST_SERIES = 2_000;

/** The series of one metric by their labels, never more than `MOST_SERIES` and the one for all others. */
export interface Series<T> {
  /** The series with these labels, made by `make` when it is new. */
  of(labels: readonly string[], make: () => T): T;
  entries(): readonly { readonly labels: readonly string[]; readonly value: T }[];
}

/** Series in the order in which they appeared. */
export function createSeries<T>(): Series<T> {
  const known = new Map<string, { readonly labels: readonly string[]; readonly value: T }>();
  function of(labels: readonly string[], make: () => T): T {
    const key = labels.join('\u0000');
    const found = known.get(key);
    if (found !== undefined) return found.value;
    if (known.size >= MOST_SERIES && labels.some((label) => label !== 'other'))
      return of(
        labels.map(() => 'other'),
        make,
      );
    const value = make();
    known.set(key, { labels: [...labels], value });
    return value;
  }
  return { of, entries: () => [...known.values()] };
}

/** Counts that only grow. */
export interface Counter {
  add(labels: readonly string[], by?: number): void;
  samples(): readonly Sample[];
}

/** A counter without any series yet. */
export function createCounter(): Counter {
  const series = createSeries<{ count: number }>();
  return {
    add(labels, by = 1) {
      series.of(labels, () => ({ count: 0 })).count += by;
    },
    samples: () => series.entries().map(({ labels, value: { count } }) => ({ labels, value: count })),
  };
}
