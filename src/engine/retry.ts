import { OperatorError } from '../domain/errors.ts';
import type { Job } from '../domain/job.ts';
import type { Enqueue } from './enqueue.ts';
import type { EngineParts } from './parts.ts';

/** Who has a job run again, and when it is due. */
export interface RetryRequest {
  /** `cli`, `api:<token>`, or what else it is on behalf of. */
  readonly by: string;
  /** Of a dead letter or a cancelled job, in epoch milliseconds; missing: now. */
  readonly runAt?: number;
}

/** Puts a dead letter or a cancelled job back into the queue; a queued job becomes due now. */
export async function retryJob(
  parts: EngineParts,
  { enqueue, wake }: { readonly enqueue: Enqueue; readonly wake: () => void },
  { jobId, request: { by, runAt } }: { readonly jobId: string; readonly request: RetryRequest },
): Promise<Job> {
  const { store, clock } = parts;
  enqueue.checkOpen();
  const { instance } = await found(parts, jobId);
  if (!parts.snapshot().instances.has(instance)) {
    throw new OperatorError('unknown_instance', `the instance "${instance}" of the job is not configured any more`, {
      hint: `Configure ${instance} again and run \`ductile reload\`.`,
    });
  }
  const later = runAt === undefined ? {} : { runAt };
  const { kind } = await store.commit({ kind: 'retry', jobId, at: clock.now(), by, ...later });
  switch (kind) {
    case 'unknown':
      throw new OperatorError('not_found', `no job "${jobId}"`);
    case 'running':
      throw new OperatorError('not_terminal', `job ${jobId} is running`);
    case 'succeeded':
      throw new OperatorError('already_terminal', `job ${jobId} has succeeded`, {
        hint: '`ductile job replay <id>` runs it again as a new job.',
      });
    case 'duplicate_active':
      throw new OperatorError('duplicate_active', `another active job holds the dedupe key of ${jobId}`);
    case 'queued':
      wake();
      return found(parts, jobId);
    default:
      return kind satisfies never;
  }
}

async function found({ store }: EngineParts, jobId: string): Promise<Job> {
  const job = await store.read.job(jobId);
  if (job === null) throw new OperatorError('not_found', `no job "${jobId}"`);
  return job;
}
