import { OperatorError } from '../domain/errors.ts';
import type { EngineParts } from './parts.ts';

/** How old a count of the queue may be when it is used for back-pressure, in milliseconds. */
const COUNT_AGE_MS = 1_000;

/** Holds producers back when the queue is longer than `service.max_queued`. */
export interface BackPressure {
  /** Throws OperatorError `queue_full` when there is no room for so many jobs; null: there is, and nothing had to be read for that. */
  check(jobs: number): Promise<void> | null;
  added(jobs: number): void;
}

/** Back-pressure by a count that is read at most once a second. */
export function createBackPressure(parts: EngineParts): BackPressure {
  let count = 0;
  let countedAt = Number.NEGATIVE_INFINITY;

  async function checkAnew(jobs: number, maxQueued: number): Promise<void> {
    const now = parts.clock.monotonic();
    count = await parts.store.read.queued(maxQueued);
    countedAt = now;
    if (count >= maxQueued) throw new OperatorError('queue_full', `${maxQueued} jobs are queued already`);
    if (count + jobs > maxQueued) {
      throw new OperatorError('queue_full', `${count} jobs are queued already, so there is no room for ${jobs}`);
    }
  }

  return {
    check(jobs) {
      const { maxQueued } = parts.snapshot().service;
      const isFresh = parts.clock.monotonic() - countedAt <= COUNT_AGE_MS;
      return isFresh && count + jobs <= maxQueued ? null : checkAnew(jobs, maxQueued);
    },
    added(jobs) {
      count += jobs;
    },
  };
}
