import { OperatorError } from '../domain/errors.ts';
import type { EngineParts } from './parts.ts';

/** How old a count of the queue may be when it is used for back-pressure, in milliseconds. */
const COUNT_AGE_MS = 1_000;

/** Holds producers back when the queue is longer than `service.max_queued`; the count is read at most once a second. */
export function createBackPressure(parts: EngineParts): {
  check(jobs: number): Promise<void>;
  added(jobs: number): void;
} {
  let count = 0;
  let countedAt = Number.NEGATIVE_INFINITY;
  return {
    async check(jobs) {
      const { maxQueued } = parts.snapshot().service;
      const now = parts.clock.monotonic();
      if (count + jobs > maxQueued || now - countedAt > COUNT_AGE_MS) {
        count = await parts.store.read.queued(maxQueued);
        countedAt = now;
      }
      if (count >= maxQueued) throw new OperatorError('queue_full', `${maxQueued} jobs are queued already`);
      if (count + jobs > maxQueued) {
        throw new OperatorError('queue_full', `${count} jobs are queued already, so there is no room for ${jobs}`);
      }
    },
    added(jobs) {
      count += jobs;
    },
  };
}
