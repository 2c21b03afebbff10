import type { Breaker } from '../../domain/breaker.ts';
import type { AttemptOutcome, JobError, JobStatus } from '../../domain/job.ts';
import type { StoredDecision } from './decisions.ts';

/** How an attempt ended, without its evidence. */
export interface AttemptEnd {
  readonly outcome: AttemptOutcome;
  readonly startedAt: number;
  readonly endedAt: number;
  readonly error: JobError | null;
}

/** What changed, and how; of a job what never changes of it, and the status of that moment. */
export type ChangeOf =
  | {
      readonly kind: 'job';
      readonly jobId: string;
      readonly instance: string;
      readonly command: string;
      readonly submittedBy: string;
      readonly parentJobId: string | null;
      readonly rootJobId: string;
      /** Null: it was made. */
      readonly was: JobStatus | null;
      readonly status: JobStatus;
      readonly attempt: number;
      /** Of the attempt whose end this is; null: it is none. */
      readonly ended: AttemptEnd | null;
    }
  | {
      readonly kind: 'event';
      readonly eventId: string;
      readonly type: string;
      readonly source: string;
      readonly createdAt: number;
      readonly jobId: string | null;
      readonly attempt: number | null;
      readonly rootJobId: string | null;
    }
  | { readonly kind: 'decision'; readonly decision: StoredDecision }
  | {
      readonly kind: 'instance';
      readonly instance: string;
      readonly became: 'paused' | 'resumed' | 'healthy' | 'unhealthy';
    }
  | {
      readonly kind: 'schedule';
      readonly instance: string;
      /** `<instance>/<schedule>`. */
      readonly schedule: string;
      readonly became: 'fired' | 'paused' | 'resumed' | 'skips';
    }
  | {
      readonly kind: 'breaker';
      readonly instance: string;
      readonly command: string;
      readonly was: Breaker['state'];
      readonly state: Breaker['state'];
    }
  | {
      readonly kind: 'gateway';
      readonly became: 'paused' | 'resumed' | 'configured' | 'restored';
      /** Of the configuration that came into force. */
      readonly configVersion: string | null;
    };

/** A change with its number; numbers grow in the order of the commits and are never used again. */
export type Change = ChangeOf & { readonly seq: number };

/** The changes from one number to another, in their order. */
export interface ChangePage {
  readonly changes: readonly Change[];
  /** The last number that was looked at: of some changes nothing is left to be told. */
  readonly upTo: number;
  /** True: retention has removed changes that should have come first. */
  readonly missed: boolean;
}

/** Which changes are kept; without any, `oldest` is one more than `newest`. */
export interface ChangesKept {
  readonly oldest: number;
  readonly newest: number;
}
