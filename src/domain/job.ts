import type { Json } from './json.ts';

/** Where a job can stand. `queued` and `running` are active, the others terminal. */
export const JOB_STATUSES = ['queued', 'running', 'succeeded', 'failed', 'dead', 'cancelled'] as const;

/** Where a job stands. */
export type JobStatus = (typeof JOB_STATUSES)[number];

/** How an attempt may end. */
export const ATTEMPT_OUTCOMES = [
  'succeeded',
  'failed',
  'timed_out',
  'crashed',
  'protocol_error',
  'output_limit',
  'spawn_failed',
  'orphaned',
  'interrupted',
  'cancelled',
] as const;

/** How one attempt ended. */
export type AttemptOutcome = (typeof ATTEMPT_OUTCOMES)[number];

/** A failure as people and scripts see it. */
export interface JobError {
  readonly code: string;
  readonly message: string;
}

/** A unit of work on the queue. Instants are epoch milliseconds. */
export interface Job {
  readonly id: string;
  readonly instance: string;
  /** The plugin directory the instance used when the job was made; `exec` for the built-in. */
  readonly plugin: string;
  readonly command: string;
  readonly payload: Json;
  readonly priority: number;
  readonly status: JobStatus;
  /** Number of the latest attempt; only ever grows; 0 before the first. */
  readonly attempt: number;
  /** Attempts that count toward `maxAttempts`; drives the backoff; reset by a retry. */
  readonly attemptsUsed: number;
  readonly maxAttempts: number;
  /** Attempts that ended `orphaned` since the job was made or last retried. */
  readonly orphans: number;
  /** Ends of the gateway in a row at which the job was running; 0 once an attempt has shown it to do no harm. */
  readonly uncleanEnds: number;
  /** True: it may be what ended the gateway, so its next attempt runs alone, after the others. */
  readonly suspect: boolean;
  readonly runAt: number;
  readonly leaseExpiresAt: number | null;
  readonly owner: string | null;
  readonly dedupeKey: string | null;
  readonly idempotencyKey: string;
  /** `scheduler:<instance>/<schedule>`, `webhook:<name>`, `route:<name>`, `api:<token>`, `cli` or `core:init`. */
  readonly submittedBy: string;
  readonly parentJobId: string | null;
  readonly rootJobId: string;
  readonly sourceEventId: string | null;
  /** Route hops from the trigger. */
  readonly depth: number;
  /** The producer's own time limit for an attempt; null: the instance's. */
  readonly timeoutMs: number | null;
  /** True when an event of the core (`ductile.*`) caused it, however many hops ago. */
  readonly fromCore: boolean;
  readonly configVersion: string;
  readonly createdAt: number;
  readonly startedAt: number | null;
  readonly completedAt: number | null;
  readonly result: Json;
  readonly lastError: JobError | null;
}

/** A job as a producer asks for it; the store decides whether it is admitted or a duplicate. */
export interface JobDraft
  extends Omit<
    Job,
    | 'status'
    | 'attempt'
    | 'attemptsUsed'
    | 'orphans'
    | 'uncleanEnds'
    | 'suspect'
    | 'leaseExpiresAt'
    | 'owner'
    | 'startedAt'
    | 'completedAt'
    | 'result'
    | 'lastError'
  > {
  /** How long after `createdAt` a succeeded job still absorbs drafts with its key, in milliseconds. */
  readonly dedupeWindowMs: number;
}

/** What moves a job from one status to another. */
export type Transition = 'claim' | 'succeed' | 'retry_later' | 'fail' | 'exhaust' | 'release' | 'cancel' | 'retry';

/** The one table of legal transitions: which status each transition leads to, from each status it may start from. */
export const TRANSITIONS: { readonly [from in JobStatus]: { readonly [by in Transition]?: JobStatus } } = {
  queued: { claim: 'running', fail: 'failed', cancel: 'cancelled', retry: 'queued' },
  running: {
    succeed: 'succeeded',
    retry_later: 'queued',
    release: 'queued',
    fail: 'failed',
    exhaust: 'dead',
    cancel: 'cancelled',
  },
  succeeded: {},
  failed: { retry: 'queued' },
  dead: { retry: 'queued' },
  cancelled: { retry: 'queued' },
};

/** The status that `by` leads to, or null when the table does not allow it. */
export function transition(from: JobStatus, by: Transition): JobStatus | null {
  return TRANSITIONS[from][by] ?? null;
}

/** True when a job in this status will not run again by itself. */
export function isTerminal(status: JobStatus): boolean {
  return status !== 'queued' && status !== 'running';
}
