import type { Webhooks } from '../../engine/webhooks.ts';
import { type Answer, ended } from './answer.ts';

/** Senders that may be kept waiting for the end of a job at one time; others are told at once that it was taken. */
const MOST_WAITING = 100;

/** Keeps senders waiting for what their delivery comes to. */
export interface Waiting {
  /** What the job came to within `respondMs`; null: it did not end in time, or nobody can wait for it. */
  endOf(
    jobId: string | null,
    about: { readonly respondMs: number; readonly gone: () => AbortSignal },
  ): Promise<Answer | null>;
}

/** A bounded number of places to wait. */
export function createWaiting({ wait }: Pick<Webhooks, 'wait'>): Waiting {
  let waiting = 0;
  return {
    async endOf(jobId, { respondMs, gone }) {
      if (jobId === null || waiting >= MOST_WAITING) return null;
      waiting += 1;
      try {
        return ended(await wait(jobId, respondMs, gone()));
      } finally {
        waiting -= 1;
      }
    },
  };
}
