import { OperatorError } from '../domain/errors.ts';
import type { Job } from '../domain/job.ts';
import type { DeadGroup, Once, OnceAnswer } from '../store/port/desk.ts';
import type { JobSummary } from '../store/port/jobs.ts';
import type { Listed, Page } from '../store/port/lists.ts';
import type { Admission } from '../store/port/outcomes.ts';
import { type BulkRequest, type BulkResult, bulk } from './bulk.ts';
import type { Submission } from './drafts.ts';
import type { Enqueue } from './enqueue.ts';
import type { EngineParts } from './parts.ts';
import { type ReplayRequest, replayJob } from './replay.ts';
import { type RetryRequest, retryJob } from './retry.ts';

export type { DeadGroup, JobSelection, Once } from '../store/port/desk.ts';

/** What an operator does to jobs, one or many, and where those that ended badly wait for it. */
export interface DeskOperations {
  /** All of them in one commit, or none when one is refused; the admissions in the order of the submissions. */
  submitAll(submissions: readonly Submission[], once: Once | null): Promise<readonly Admission[]>;
  retry(jobId: string, request: RetryRequest): Promise<Job>;
  /** Resolves to the id of the new job. */
  replay(jobId: string, request: ReplayRequest): Promise<string>;
  bulk(request: BulkRequest): Promise<BulkResult>;
  /** Dead letters by fingerprint, of all instances or one. */
  deadGroups(instance: string | null, page: Page): Promise<Listed<DeadGroup>>;
  /** Throws `not_found`. */
  deadGroup(fingerprint: string): Promise<DeadGroup>;
  deadJobs(fingerprint: string, page: Page): Promise<Listed<JobSummary>>;
  /** What is remembered of a request with an Idempotency-Key. */
  answered(owner: string, key: string): Promise<OnceAnswer | null>;
  /** Keeps the answer to such a request; `body` is JSON text. */
  keepAnswer(key: Once, answer: { readonly status: number; readonly body: string }): Promise<void>;
}

/** The operations on many jobs and on dead letters. */
export function createDeskOperations(
  parts: EngineParts,
  machinery: { readonly enqueue: Enqueue; readonly wake: () => void; cancel(jobId: string): Promise<unknown> },
): DeskOperations {
  const { store, clock } = parts;
  const retry = (jobId: string, request: RetryRequest): Promise<Job> => retryJob(parts, machinery, { jobId, request });
  const replay = (jobId: string, request: ReplayRequest): Promise<string> =>
    replayJob(parts, machinery.enqueue, { jobId, request });
  return {
    submitAll: (submissions, once) => machinery.enqueue.submitAll(submissions, once),
    retry,
    replay,
    bulk(request) {
      if (!request.dryRun) machinery.enqueue.checkOpen();
      return bulk(parts, { cancel: machinery.cancel, retry, replay }, request);
    },
    deadGroups: (instance, page) => store.read.deadGroups(instance, page),
    async deadGroup(fingerprint) {
      const group = await store.read.deadGroup(fingerprint);
      if (group !== null) return group;
      throw new OperatorError('not_found', `no dead letters have the fingerprint "${fingerprint}"`, {
        hint: '`ductile dead list` shows those that there are.',
      });
    },
    deadJobs: (fingerprint, page) => store.read.deadJobs(fingerprint, page),
    answered: (owner, key) => store.read.answered({ owner, key, now: clock.now() }),
    async keepAnswer(key, { status, body }) {
      await store.commit({ kind: 'keep_answer', key, status, body });
    },
  };
}
