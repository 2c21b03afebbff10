import { attemptError } from '../domain/attempt-errors.ts';
import { OperatorError } from '../domain/errors.ts';
import type { Job, JobStatus } from '../domain/job.ts';
import { routeEnd } from '../domain/job-events.ts';
import { reach } from '../platform/fault-point.ts';
import { type EngineParts, routingContext } from './parts.ts';
import { waitForJob } from './wait.ts';
import { removeWorkspace } from './workspaces.ts';

/** Longest time a cancelled process may take to end before the cancellation is answered, in milliseconds: TERM, 5 s, KILL. */
const CANCEL_WAIT_MS = 10_000;

const CANCELLED = { status: 'cancelled', error: attemptError('cancelled', 'an operator cancelled the job') } as const;

/** What ends attempts, and what ends waiting for them. */
export interface Ending {
  readonly stopping: AbortSignal;
  readonly endAttempt: (jobId: string) => boolean;
  /** Something may have become due. */
  readonly wake: () => void;
}

/**
 * A queued job ends at once. A running one ends with its process; when its attempt ends another way in the meantime
 * and the job is queued again, it is cancelled there.
 */
export async function cancelJob(
  parts: EngineParts,
  { stopping, endAttempt, wake }: Ending,
  jobId: string,
): Promise<Job> {
  const { store, clock } = parts;
  const deadline = clock.monotonic() + CANCEL_WAIT_MS;
  for (;;) {
    const queued = await store.read.job(jobId);
    if (queued === null) throw new OperatorError('not_found', `no job "${jobId}"`);
    const now = clock.now();
    const context = routingContext(parts.snapshot());
    const routed = routeEnd({ job: queued, context, now, newId: parts.newId }, CANCELLED);
    const { kind, lineageDone } = await store.commit({ kind: 'cancel', jobId, at: now, routed });
    reach('cancel.committed');
    if (kind === 'running') {
      endAttempt(jobId);
      const timeoutMs = deadline - clock.monotonic();
      if (timeoutMs > 0) {
        const until = (status: JobStatus): boolean => status !== 'running';
        const job = await waitForJob(parts, { jobId, timeoutMs, until, signal: stopping });
        if (job?.status === 'cancelled') return job;
        if (job?.status !== 'running') continue;
      }
      throw new OperatorError('cancel_pending', `job ${jobId} is being ended, but has not ended yet`);
    }
    const job = await store.read.job(jobId);
    if (job === null) throw new OperatorError('not_found', `no job "${jobId}"`);
    if (kind === 'terminal') {
      throw new OperatorError('already_terminal', `job ${jobId} has already ended: ${job.status}`);
    }
    parts.bus.publish({ ...job, jobId });
    wake();
    if (lineageDone) removeWorkspace(parts, job.rootJobId);
    return job;
  }
}
