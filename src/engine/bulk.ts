import { OperatorError, type OperatorErrorCode } from '../domain/errors.ts';
import type { JobSelection } from '../store/port/desk.ts';
import type { EngineParts } from './parts.ts';
import type { ReplayRequest } from './replay.ts';
import type { RetryRequest } from './retry.ts';

/** What can be done to many jobs. */
export const BULK_ACTIONS = ['cancel', 'retry', 'replay'] as const;

/** One of them. */
export type BulkAction = (typeof BULK_ACTIONS)[number];

/** What is to be done to which jobs. */
export interface BulkRequest {
  readonly action: BulkAction;
  /** Jobs by their ids, or what a selection finds after a place (0: from the beginning). */
  readonly jobs:
    | { readonly kind: 'named'; readonly ids: readonly string[] }
    | { readonly kind: 'selected'; readonly selection: JobSelection; readonly after: number };
  /** Most jobs it is done to. */
  readonly limit: number;
  /** True: only tells which jobs it would be done to. */
  readonly dryRun: boolean;
  /** The jobs are due one after the other, evenly, the first at `from`; null: all at once. */
  readonly rate: { readonly count: number; readonly perMs: number; readonly from: number } | null;
  readonly by: string;
}

/** What became of one job. */
export interface BulkItem {
  readonly jobId: string;
  /** The new job, of a replay. */
  readonly replayJobId: string | null;
  /** When the job that runs is due; null: nothing runs. */
  readonly runAt: number | null;
  /** Null: it was done. */
  readonly error: { readonly code: OperatorErrorCode; readonly message: string } | null;
}

/** What became of all of them. */
export interface BulkResult {
  readonly items: readonly BulkItem[];
  /** Where what was not looked at begins; null: the selection is done with. */
  readonly next: number | null;
  /** When the next job would be due at the rate; null: there is none. */
  readonly nextRunAt: number | null;
}

/** What can be done to one job. */
export interface JobActions {
  cancel(jobId: string): Promise<unknown>;
  retry(jobId: string, request: RetryRequest): Promise<unknown>;
  /** Resolves to the id of the new job. */
  replay(jobId: string, request: ReplayRequest): Promise<string>;
}

/** Jobs that something is done to at a time: they share commits, and everybody else has a turn between two waves. */
const WAVE = 50;

/**
 * Does something to many jobs, each on its own: one that cannot be changed says why, and the others are not held up.
 * A rate is a part of each commit, as the time at which the job is due, so that a restart changes nothing about it.
 */
export async function bulk(parts: EngineParts, actions: JobActions, request: BulkRequest): Promise<BulkResult> {
  const { ids, next } = await jobsOf(parts, request);
  const items: BulkItem[] = [];
  /** Of those before, so that the rate is kept whatever could not be done. */
  let started = 0;
  const dueAt = (index: number): number | null => (request.rate === null ? null : timeAt(request.rate, index));
  for (let at = 0; at < ids.length; at += WAVE) {
    const first = started;
    const wave = ids.slice(at, at + WAVE);
    const done = await Promise.all(
      wave.map((id, index) => one(actions, { id, request, runAt: dueAt(first + index), now: parts.clock.now() })),
    );
    items.push(...done);
    started += wave.length;
  }
  return { items, next, nextRunAt: dueAt(started) };
}

async function jobsOf(
  { store }: EngineParts,
  { jobs, limit }: BulkRequest,
): Promise<{ readonly ids: readonly string[]; readonly next: number | null }> {
  if (jobs.kind === 'named') return { ids: [...new Set(jobs.ids)].slice(0, limit), next: null };
  const ids: string[] = [];
  for (let after = jobs.after; ; ) {
    const piece = await store.read.selected(jobs.selection, after);
    const wanted = piece.jobs.slice(0, limit - ids.length);
    ids.push(...wanted.map(({ id }) => id));
    const last = wanted.at(-1);
    if (wanted.length < piece.jobs.length) return { ids, next: last?.place ?? after };
    if (piece.next === null || ids.length >= limit) return { ids, next: piece.next };
    after = piece.next;
  }
}

async function one(
  actions: JobActions,
  job: { readonly id: string; readonly request: BulkRequest; readonly runAt: number | null; readonly now: number },
): Promise<BulkItem> {
  const { id: jobId, request, runAt, now } = job;
  const { action, by, dryRun } = request;
  const due = action === 'cancel' ? null : (runAt ?? now);
  if (dryRun) return { jobId, replayJobId: null, runAt: due, error: null };
  const later = runAt === null ? {} : { runAt };
  try {
    switch (action) {
      case 'cancel':
        await actions.cancel(jobId);
        return { jobId, replayJobId: null, runAt: null, error: null };
      case 'retry':
        await actions.retry(jobId, { by, ...later });
        return { jobId, replayJobId: null, runAt: due, error: null };
      case 'replay': {
        // Whoever repeats a request that was cut short means the rest; who names a job means it.
        const unlessReplayed = request.jobs.kind === 'selected';
        const replayJobId = await actions.replay(jobId, { by, unlessReplayed, ...later });
        return { jobId, replayJobId, runAt: due, error: null };
      }
      default:
        return action satisfies never;
    }
  } catch (error) {
    // What is wrong with one job is said of it; what is wrong with the gateway ends the whole.
    if (!(error instanceof OperatorError) || error.httpStatus >= 500) throw error;
    return { jobId, replayJobId: null, runAt: null, error: { code: error.code, message: error.message } };
  }
}

function timeAt({ count, perMs, from }: NonNullable<BulkRequest['rate']>, index: number): number {
  return Math.floor(from + (index * perMs) / count);
}
