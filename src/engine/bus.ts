import type { JobStatus } from '../domain/job.ts';

/** News about a job, told after the commit that made it true. */
export interface JobNews {
  readonly jobId: string;
  readonly instance: string;
  readonly command: string;
  readonly status: JobStatus;
  readonly attempt: number;
}

/** In-process publication of what was committed; hints for waiters and watchers, never the source of truth. */
export interface Bus {
  publish(news: JobNews): void;
  /** Calls `hear` for every later publication; returns the function that ends it. */
  subscribe(hear: (news: JobNews) => void): () => void;
}

/** A bus that calls its subscribers in order, at once. */
export function createBus(): Bus {
  const subscribers = new Set<(news: JobNews) => void>();
  return {
    publish(news) {
      for (const hear of [...subscribers]) hear(news);
    },
    subscribe(hear) {
      subscribers.add(hear);
      return () => subscribers.delete(hear);
    },
  };
}
