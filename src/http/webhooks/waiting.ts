import type { Endpoint } from '../../domain/webhook/endpoint.ts';
import type { Webhooks } from '../../engine/webhooks.ts';
import { type Answer, ended } from './answer.ts';

/** Senders that may be kept waiting for the end of a job at one time; others are told at once that it was taken. */
const MOST_WAITING = 100;

/** Keeps senders waiting for what their delivery comes to. */
export interface Waiting {
  /** What the job came to, where the endpoint waits for it; null: it did not end in time, or nobody waits. */
  endOf(
    jobId: string | null,
    about: { readonly endpoint: Endpoint; readonly gone: AbortSignal },
  ): Promise<Answer | null>;
}

/** A bounded number of places to wait. */
export function createWaiting({ wait }: Pick<Webhooks, 'wait'>): Waiting {
  let waiting = 0;
  return {
    async endOf(jobId, { endpoint: { respondMs }, gone }) {
      if (jobId === null || respondMs === null || waiting >= MOST_WAITING) return null;
      waiting += 1;
      try {
        return ended(await wait(jobId, respondMs, gone));
      } finally {
        waiting -= 1;
      }
    },
  };
}
