import type { Job, JobStatus } from '../../domain/job.ts';

/** A job without payload and result, for lists. */
export type JobSummary = Omit<Job, 'payload' | 'result'>;

/** Which jobs a list shows. */
export interface JobFilter {
  readonly status: JobStatus | null;
  readonly instance: string | null;
  /** Created at or after. */
  readonly since: number | null;
}

/** The queue of one instance. */
export interface QueueDepth {
  readonly instance: string;
  /** Counting stops at 100,000. */
  readonly queued: number;
  readonly running: number;
  /** Since when its oldest due job could have started; null: none is due. */
  readonly oldestDueAt: number | null;
}

/** Queued jobs that failed and wait for their next try. */
export interface Retrying {
  /** `nextAt`: when the first of them is tried again. There is no row for none. */
  readonly instances: readonly { readonly instance: string; readonly count: number; readonly nextAt: number }[];
  /** True: there may be more. They are looked for among the 10,000 delayed jobs that are due next. */
  readonly capped: boolean;
}

/** Jobs per instance and status, terminal ones of the last 24 hours only; there is no row for none. */
export interface QueueCounts {
  readonly instance: string;
  readonly status: JobStatus;
  readonly count: number;
  /** True: there may be more. Counting stops at 100,000, of queued jobs per instance and of ended ones per status. */
  readonly capped: boolean;
}
