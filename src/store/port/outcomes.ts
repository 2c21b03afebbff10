import type { JobStatus } from '../../domain/job.ts';

/** What became of a draft. A duplicate carries the id and status of the job that absorbed it. */
export type Admission =
  | { readonly kind: 'admitted'; readonly jobId: string }
  | {
      readonly kind: 'duplicate';
      readonly jobId: string;
      readonly status: JobStatus;
      readonly payloadDiffers: boolean;
    };

/** What a routed event led to once it was committed. */
export interface EventResult {
  readonly eventId: string;
  /** True when an event with this id from the same source was there before; then nothing else was done. */
  readonly duplicate: boolean;
  readonly admissions: readonly Admission[];
}
