import type { Event } from '../../domain/event.ts';
import type { AttemptOutcome, Job, JobError } from '../../domain/job.ts';
import type { JsonObject } from '../../domain/json.ts';
import type { PassedDelivery } from '../../domain/webhook/passed-delivery.ts';

/** How an earlier attempt of a job ended, as the request tells the plugin. */
export interface PreviousAttempt {
  readonly attempt: number;
  readonly outcome: AttemptOutcome;
  readonly error: JobError | null;
}

/** A claimed job with everything its attempt needs. */
export interface Claimed {
  /** Already `running`, with its new attempt number. */
  readonly job: Job;
  readonly state: JsonObject;
  readonly stateVersion: number;
  /** The event that caused the job, when a route made it. */
  readonly event: Event | null;
  /** Of the delivery that a webhook made the job of; null: another made the job. */
  readonly delivery: PassedDelivery | null;
  readonly previousAttempts: readonly PreviousAttempt[];
}

/**
 * Why jobs of an instance wait although they are due: it or the gateway is paused, its init has not succeeded, its cap,
 * its rate limit, a suspect that runs alone, or that the job itself is a suspect and waits for the others.
 */
export interface Held {
  readonly instance: string;
  readonly reason: 'paused' | 'unhealthy' | 'cap' | 'rate' | 'suspect_runs' | 'suspect_waits';
  /** When the reason may pass by itself; null: when a job ends, or somebody resumes. */
  readonly until: number | null;
}

/** What a dispatcher asks for. */
export interface ClaimRequest {
  /** Most jobs to claim. */
  readonly slots: number;
  readonly owner: string;
  readonly now: number;
  readonly leaseMs: number;
  /** The one job that may be claimed, after the init of its instance where that is due; null: any. */
  readonly only: string | null;
}

/** What a claim found: jobs and, unless they fill every slot, when to look again and what is held back. */
export interface ClaimResult {
  readonly jobs: readonly Claimed[];
  /** Earliest instant at which something may become claimable without being told; null: never. */
  readonly nextAt: number | null;
  readonly held: readonly Held[];
}
