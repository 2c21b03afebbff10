import type { JobStatus } from '../../domain/job.ts';
import type { AttemptEnd } from './changes.ts';
import type { StoredDecision } from './decisions.ts';
import type { JobSummary } from './jobs.ts';

/** Which part of a lineage is wanted: the jobs of these roots, some of them before others. */
export interface TraceRequest {
  /** At most 1,000 of them are looked at. */
  readonly roots: readonly string[];
  /** The job that is asked about: its way from the trigger and what it led to come first; null: none in particular. */
  readonly asked: string | null;
  /** Most jobs. */
  readonly limit: number;
}

/** An attempt as a trace shows it. */
export interface TracedAttempt extends AttemptEnd {
  readonly attempt: number;
  readonly retryAt: number | null;
  /** The version of the instance's state that it made; null: it changed nothing. */
  readonly stateVersion: number | null;
}

/** A job with what became of it. */
export interface TracedJob {
  readonly job: JobSummary;
  /** The latest ten, oldest first. */
  readonly attempts: readonly TracedAttempt[];
  /** The beginning of its result as JSON text, and how long that is in bytes; null: it has none. */
  readonly result: { readonly text: string; readonly bytes: number } | null;
  /** The job that it runs again, in whatever lineage; null: none. */
  readonly replayOf: string | null;
  /** Jobs that run it again, oldest first, at most ten. */
  readonly replays: readonly string[];
  /** About the job, not about its events. */
  readonly decisions: readonly StoredDecision[];
}

/** An event without its payload, with what every route made of it. */
export interface TracedEvent {
  readonly id: string;
  readonly type: string;
  readonly source: string;
  readonly createdAt: number;
  readonly jobId: string | null;
  readonly attempt: number | null;
  readonly decisions: readonly StoredDecision[];
}

/** A lineage, or the part of it that fits. Jobs and events are in the order in which they were made. */
export interface TracedLineage {
  readonly jobs: readonly TracedJob[];
  readonly events: readonly TracedEvent[];
  /** True: the jobs that are shown emitted more events, or more was decided about these. */
  readonly moreEvents: boolean;
  readonly totals: {
    /** Of at most the first 20,000 jobs. */
    readonly byStatus: { readonly [S in JobStatus]?: number };
    readonly attempts: number;
    readonly startedAt: number | null;
    /** Null: a job is queued or running. */
    readonly endedAt: number | null;
    /** True: there are more jobs than were counted. */
    readonly capped: boolean;
  };
}

/** Where a lineage began, as far as rows tell; all null: nothing is kept of it. */
export interface TraceOrigin {
  /** Of the slot that made the job: its nominal time. */
  readonly slotAt: number | null;
  /** The delivery that made the job or the event, and what else it became. */
  readonly delivery: { readonly id: string; readonly jobId: string | null; readonly eventId: string | null } | null;
}
