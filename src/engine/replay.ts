import { OperatorError } from '../domain/errors.ts';
import type { Job, JobDraft } from '../domain/job.ts';
import type { Json } from '../domain/json.ts';
import { restoreMasked } from '../domain/restore-masked.ts';
import { inTurns } from '../platform/in-turns.ts';
import type { Once } from '../store/port/desk.ts';
import { draftOf } from './drafts.ts';
import type { Enqueue } from './enqueue.ts';
import type { EngineParts } from './parts.ts';

/** How a job is to be run again. */
export interface ReplayRequest {
  /** Who asks: `cli` or `api:<token>`. */
  readonly by: string;
  /** Instead of the payload of the original; what is masked in it stands for what it masks. Missing: the same. */
  readonly payload?: Json | undefined;
  /** True: with the idempotency key of the original. */
  readonly sameKey?: boolean;
  /** Epoch milliseconds; missing: now. */
  readonly runAt?: number;
  /** True: refused when the job was replayed before. */
  readonly unlessReplayed?: boolean;
  readonly once?: Once | null;
}

/** Runs a job that has ended again, as a new one; resolves to its id after the commit. */
export async function replayJob(
  parts: EngineParts,
  enqueue: Enqueue,
  { jobId, request }: { readonly jobId: string; readonly request: ReplayRequest },
): Promise<string> {
  const job = await parts.store.read.job(jobId);
  if (job === null) throw new OperatorError('not_found', `no job "${jobId}"`);
  const draft = replayDraft(parts, job, { ...request, payload: await payloadOf(parts, job, request.payload) });
  const result = await enqueue.replay({
    of: jobId,
    draft,
    by: request.by,
    edited: request.payload !== undefined,
    unlessReplayed: request.unlessReplayed ?? false,
    once: request.once ?? null,
  });
  switch (result.kind) {
    case 'replayed':
      return result.jobId;
    case 'unknown':
      throw new OperatorError('not_found', `no job "${jobId}"`);
    case 'active':
      throw new OperatorError(
        'not_terminal',
        `job ${jobId} is ${result.status}; only a job that has ended is replayed`,
      );
    case 'replayed_before':
      throw new OperatorError('already_replayed', `job ${jobId} was replayed before, as job ${result.jobId}`);
    default:
      return result satisfies never;
  }
}

/** It stands beside the original in its lineage, so that the plugin is told the same of where the job comes from. */
function replayDraft(parts: EngineParts, job: Job, { by, payload, sameKey, runAt }: ReplayRequest): JobDraft {
  const draft = draftOf(parts, {
    instance: job.instance,
    command: job.command,
    payload: payload ?? job.payload,
    submittedBy: by,
    priority: job.priority,
    timeoutMs: job.timeoutMs,
    ...(runAt === undefined ? {} : { runAt }),
    // What was taken once is taken again: a webhook may have let more through than the instance does.
    ...(payload === undefined ? { payloadBytes: Number.POSITIVE_INFINITY } : {}),
  });
  return {
    ...draft,
    idempotencyKey: sameKey === true ? job.idempotencyKey : draft.idempotencyKey,
    parentJobId: job.parentJobId,
    rootJobId: job.rootJobId,
    sourceEventId: job.sourceEventId,
    depth: job.depth,
    fromCore: job.fromCore,
  };
}

async function payloadOf(parts: EngineParts, job: Job, edited: Json | undefined): Promise<Json | undefined> {
  if (edited === undefined) return undefined;
  const shown = await inTurns(parts.snapshot().redactor.jsonSteps(job.payload));
  const restored = restoreMasked(edited, { original: job.payload, shown });
  if (restored.ok) return restored.value;
  throw new OperatorError('invalid_payload', `the payload holds a mask (***) that stands for nothing: ${restored.at}`, {
    hint: 'Leave what is masked where it was, or write the value itself.',
  });
}
