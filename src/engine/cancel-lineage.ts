import { OperatorError } from '../domain/errors.ts';
import type { Job } from '../domain/job.ts';
import { isTerminal } from '../domain/job.ts';
import { cancelJob, type Ending } from './cancel.ts';
import type { EngineParts } from './parts.ts';

/** Jobs that are cancelled at one time. */
const AT_ONCE = 100;

/** A job, and the ids of all that were cancelled with it, itself first where it was. */
export interface CancelledLineage {
  readonly job: Job;
  readonly cancelled: readonly string[];
}

/**
 * Cancels a job and whatever is queued or running of what came of it, round after round until nothing is: a job that ends
 * by itself meanwhile may have caused others. Throws `already_terminal` when there was nothing to cancel.
 */
export async function cancelLineage(parts: EngineParts, ending: Ending, jobId: string): Promise<CancelledLineage> {
  const { read } = parts.store;
  const asked = await read.job(jobId);
  if (asked === null) throw new OperatorError('not_found', `no job "${jobId}"`);
  const cancelled = isTerminal(asked.status) ? [] : await cancelAll(parts, ending, [jobId]);
  for (;;) {
    const below = await read.activeBelow({ rootJobId: asked.rootJobId, jobId, limit: AT_ONCE });
    if (below.length === 0) break;
    cancelled.push(...(await cancelAll(parts, ending, below)));
  }
  if (cancelled.length === 0) {
    throw new OperatorError('already_terminal', `job ${jobId} and everything that came of it have already ended`);
  }
  return { job: (await read.job(jobId)) ?? asked, cancelled };
}

/** Those of the jobs that had not ended by themselves first; throws `cancel_pending` when a process does not end. */
async function cancelAll(parts: EngineParts, ending: Ending, ids: readonly string[]): Promise<string[]> {
  const ended = await Promise.all(
    ids.map(async (id) => {
      try {
        await cancelJob(parts, ending, id);
        return [id];
      } catch (error) {
        if (error instanceof OperatorError && error.code === 'already_terminal') return [];
        throw error;
      }
    }),
  );
  return ended.flat();
}
