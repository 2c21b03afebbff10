import type { JobStatus, Transition } from '../../src/domain/job.ts';

/** One change of a job's status, as committed. */
export interface Move {
  readonly seq: number;
  /** The row of the job, which no other job ever has. */
  readonly job: number;
  readonly id: string;
  readonly instance: string;
  /** Null: the job was made. */
  readonly before: JobStatus | null;
  readonly after: JobStatus;
  readonly attempt_before: number;
  readonly attempt: number;
  readonly used_before: number;
  readonly used: number;
  readonly orphans: number;
  /** The code of the job's last error. */
  readonly code: string | null;
}

/** The name of the transition that a move must have been; null: there is none. */
export function transitionOf({ before, after, used, used_before }: Move): Transition | null {
  if (before === 'running') {
    if (after === 'queued') return used > used_before ? 'retry_later' : 'release';
    return ENDS[after] ?? null;
  }
  if (after === 'running') return 'claim';
  if (after === 'queued') return 'retry';
  return after === 'cancelled' ? 'cancel' : after === 'failed' ? 'fail' : null;
}

const ENDS: { readonly [status in JobStatus]?: Transition } = {
  succeeded: 'succeed',
  failed: 'fail',
  dead: 'exhaust',
  cancelled: 'cancel',
};
