import { isTerminal, type Job, type JobStatus } from '../domain/job.ts';
import type { EngineParts } from './parts.ts';

/** Which job to wait for, how long, and what else ends the wait. */
export interface WaitRequest {
  readonly jobId: string;
  readonly timeoutMs: number;
  /** Ends the wait early: the asker went away, or the gateway stops. */
  readonly signal: AbortSignal;
  /** What is waited for; default: a terminal status. */
  readonly until?: (status: JobStatus) => boolean;
}

/** The job once `until` holds, or as it stands when the wait ends; null when there is no such job. */
export async function waitForJob(
  parts: Pick<EngineParts, 'store' | 'bus' | 'clock'>,
  request: WaitRequest,
): Promise<Job | null> {
  const { jobId, until = isTerminal } = request;
  const news = newsOf(parts, { ...request, until });
  try {
    // Subscribed before the first look, so that an end between the two is not missed.
    const job = await parts.store.read.job(jobId);
    if (job === null || until(job.status)) return job;
    await news.arrived;
    return await parts.store.read.job(jobId);
  } finally {
    news.forget();
  }
}

function newsOf(
  { bus, clock }: Pick<EngineParts, 'bus' | 'clock'>,
  { jobId, timeoutMs, signal, until }: Required<WaitRequest>,
) {
  const { promise: arrived, resolve } = Promise.withResolvers<void>();
  const end = (): void => resolve();
  if (signal.aborted) end();
  signal.addEventListener('abort', end, { once: true });
  const unsubscribe = bus.subscribe((news) => {
    if (news.jobId === jobId && until(news.status)) end();
  });
  const cancelTimer = clock.after(timeoutMs, end);
  const forget = (): void => {
    signal.removeEventListener('abort', end);
    unsubscribe();
    cancelTimer();
  };
  return { arrived, forget };
}
