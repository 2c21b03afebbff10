import { isTerminal, type Job } from '../domain/job.ts';
import type { EngineParts } from './parts.ts';

/** The job once it has ended, or as it stands after `timeoutMs`; null when there is no such job. */
export async function waitForJob(
  parts: Pick<EngineParts, 'store' | 'bus' | 'clock'>,
  { jobId, timeoutMs }: { readonly jobId: string; readonly timeoutMs: number },
): Promise<Job | null> {
  const news = newsOf(parts, jobId, timeoutMs);
  try {
    // Subscribed before the first look, so that an end between the two is not missed.
    const job = await parts.store.read.job(jobId);
    if (job === null || isTerminal(job.status)) return job;
    await news.ended;
    return await parts.store.read.job(jobId);
  } finally {
    news.forget();
  }
}

function newsOf({ bus, clock }: Pick<EngineParts, 'bus' | 'clock'>, jobId: string, timeoutMs: number) {
  let forget = (): void => {};
  const ended = new Promise<void>((resolve) => {
    const unsubscribe = bus.subscribe((news) => {
      if (news.jobId === jobId && isTerminal(news.status)) resolve();
    });
    const cancelTimer = clock.after(timeoutMs, resolve);
    forget = () => {
      unsubscribe();
      cancelTimer();
    };
  });
  return { ended, forget };
}
