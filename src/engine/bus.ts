import type { Event } from '../domain/event.ts';
import type { AttemptOutcome, Job, JobError, JobStatus } from '../domain/job.ts';

/** News about a job, told after the commit that made it true. */
export interface JobNews {
  readonly jobId: string;
  readonly instance: string;
  readonly command: string;
  readonly status: JobStatus;
  readonly attempt: number;
}

/** An attempt that is over, told after the commit of its end. */
export interface AttemptNews {
  /** As it was when the attempt began. */
  readonly job: Job;
  /** The event that caused the job, when a route made it. */
  readonly event: Event | null;
  readonly outcome: AttemptOutcome;
  /** Where it leaves the job. */
  readonly status: JobStatus;
  readonly error: JobError | null;
  readonly startedAt: number;
  readonly endedAt: number;
}

/** In-process publication of what was committed; hints for waiters and watchers, never the source of truth. */
export interface Bus {
  publish(news: JobNews): void;
  /** Calls `hear` for every later publication; returns the function that ends it. */
  subscribe(hear: (news: JobNews) => void): () => void;
  publishAttempt(news: AttemptNews): void;
  /** The same for attempts that are over. */
  subscribeAttempts(hear: (news: AttemptNews) => void): () => void;
}

/** A bus that calls its subscribers in order, at once. */
export function createBus(): Bus {
  const jobs = createChannel<JobNews>();
  const attempts = createChannel<AttemptNews>();
  return {
    publish: jobs.publish,
    subscribe: jobs.subscribe,
    publishAttempt: attempts.publish,
    subscribeAttempts: attempts.subscribe,
  };
}

function createChannel<News>() {
  const subscribers = new Set<(news: News) => void>();
  return {
    publish(news: News): void {
      for (const hear of [...subscribers]) hear(news);
    },
    subscribe(hear: (news: News) => void): () => void {
      subscribers.add(hear);
      return () => subscribers.delete(hear);
    },
  };
}
