/** A number drawn uniformly from [0, 1). */
export type Random = () => number;

/** The process's own source of randomness; for backoff and jitter, not for secrets. */
export const systemRandom: Random = () => Math.random();
