import type { Decision } from './decision.ts';
import type { Event } from './event.ts';
import type { BreakerPolicy } from './instance.ts';
import type { AttemptOutcome, JobDraft, JobError, JobStatus } from './job.ts';
import type { Json, JsonObject } from './json.ts';
import type { Evidence, KeptResponse } from './outcome.ts';
import type { PluginLog } from './response.ts';

/** What an event leads to: a job for every route taken, and every route's decision. The store drops both when the event is a repeat. */
export interface RoutedEvent {
  readonly event: Event;
  readonly drafts: readonly JobDraft[];
  readonly decisions: readonly Decision[];
}

/** One attempt as it is kept for ever (until retention). */
export interface AttemptRecord extends Evidence, KeptResponse {
  readonly attempt: number;
  readonly outcome: AttemptOutcome;
  readonly error: JobError | null;
  readonly logs: readonly PluginLog[];
  readonly logsDropped: number;
  readonly warnings: readonly string[];
  /** When the job is due again; null: it is not. */
  readonly retryAt: number | null;
  readonly configVersion: string;
  /** The version of the instance's state that the request carried. */
  readonly stateVersion: number;
}

/** Everything that one finish commits, together or not at all. */
export interface Settlement {
  readonly status: JobStatus;
  readonly runAt: number;
  readonly attemptsUsed: number;
  readonly orphans: number;
  readonly uncleanEnds: number;
  readonly suspect: boolean;
  readonly completedAt: number | null;
  readonly result: Json;
  readonly lastError: JobError | null;
  readonly attempt: AttemptRecord;
  /** Shallow merge into the instance's state, in the store, against the state of that moment; null: untouched. */
  readonly statePatch: JsonObject | null;
  readonly stateLimitBytes: number;
  readonly events: readonly RoutedEvent[];
  readonly decisions: readonly Decision[];
  /** What the end of the core's `init` says about its instance; null: nothing. */
  readonly health: {
    /** Stands for the configuration it succeeded with; null: it did not. */
    readonly initHash: string | null;
    readonly decision: Decision;
    /** The core's event about it, recorded when this is news; null: no route waits for one. */
    readonly routed: RoutedEvent | null;
  } | null;
  /** The breaker's news, only for terminal jobs that a schedule submitted. */
  readonly breaker: {
    readonly command: string;
    readonly succeeded: boolean;
    readonly policy: BreakerPolicy;
    /** The core's event about it, recorded when the breaker opens or closes by this; null: nothing waits for one. */
    readonly routed: RoutedEvent | null;
  } | null;
}
