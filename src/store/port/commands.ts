import type { Decision } from '../../domain/decision.ts';
import type { JobDraft, JobError, JobStatus } from '../../domain/job.ts';
import type { JsonObject } from '../../domain/json.ts';
import type { RoutedEvent, Settlement } from '../../domain/settlement.ts';
import type { Token } from '../../domain/token.ts';
import type { Delivery, DeliveryWork } from '../../domain/webhook/delivery.ts';
import type { Rejection } from '../../domain/webhook/rejection.ts';
import type { RecordedConfig } from './configs.ts';
import type { Became, DeliveryResult } from './deliveries.ts';
import type { Once } from './desk.ts';
import type { ExpectationRow } from './expectations.ts';
import type { InstanceRow } from './instances.ts';
import type { Admission, EventResult } from './outcomes.ts';
import type { ScheduleDefinition, ScheduleKey } from './schedules.ts';
import type { NewToken } from './tokens.ts';

/**
 * A change to the store. Each command is atomic by itself and its outcome is told only after it is durable;
 * concurrent commands may share one transaction and one fsync.
 */
export type Command =
  /** Admits drafts, or absorbs them by their dedupe keys; each absorption is recorded as a decision. */
  | { readonly kind: 'enqueue'; readonly drafts: readonly JobDraft[]; readonly once?: Once | null }
  /** Records an event from outside with its decisions and jobs. */
  | { readonly kind: 'emit'; readonly routed: RoutedEvent; readonly once?: Once | null }
  /**
   * Puts a delivery into the inbox together with what it is turned into, unless it is a repeat: then it is counted at the
   * first one, whose job goes back to the queue if it has ended badly.
   */
  | { readonly kind: 'deliver'; readonly delivery: Delivery; readonly work: DeliveryWork }
  /** Adds to the counts of what webhooks refused; loses nothing that was acknowledged. */
  | { readonly kind: 'count_rejections'; readonly rejections: readonly Rejection[] }
  /** Gives a delivery that became nothing, since it was only observed, its work now; one that has become something is left as it is. */
  | { readonly kind: 'run_delivery'; readonly id: string; readonly work: DeliveryWork; readonly at: number }
  /** Ends an attempt. Writes nothing when (job, attempt) is no longer the running one. */
  | { readonly kind: 'finish'; readonly jobId: string; readonly attempt: number; readonly settlement: Settlement }
  /** Fails a queued job that can never run. */
  | {
      readonly kind: 'fail_queued';
      readonly jobId: string;
      readonly error: JobError;
      readonly at: number;
      readonly decision: Decision;
      /** The core's event about it; null: no route waits for one. */
      readonly routed: RoutedEvent | null;
    }
  /** Ends a queued job at once; says `running` when an attempt must be ended first. */
  | {
      readonly kind: 'cancel';
      readonly jobId: string;
      readonly at: number;
      /** The core's event about it, recorded if the job is cancelled here; null: no route waits for one. */
      readonly routed: RoutedEvent | null;
      /** Why, recorded if the job is cancelled here; missing: an operator asked. */
      readonly decision?: Decision;
    }
  /** Dead letters and cancelled jobs go back to the queue; a queued job becomes due now. */
  | {
      readonly kind: 'retry';
      readonly jobId: string;
      readonly at: number;
      /** When a dead letter or a cancelled job is due; missing: at once. */
      readonly runAt?: number;
      /** Who asked, for the decision about it; missing: none is recorded. */
      readonly by?: string;
    }
  /** Makes a new job, without a dedupe key, of one that has ended. */
  | {
      readonly kind: 'replay';
      readonly of: string;
      readonly draft: JobDraft;
      /** Who asked. */
      readonly by: string;
      /** True: the payload is another one. */
      readonly edited: boolean;
      /** True: not if somebody has replayed it before. */
      readonly unlessReplayed: boolean;
      readonly once?: Once | null;
    }
  /** Keeps what was answered to a request under its key. */
  | { readonly kind: 'keep_answer'; readonly key: Once; readonly status: number; readonly body: string }
  /** Enters some dead letters of before there was a desk. */
  | { readonly kind: 'group_dead' }
  /** Fires one slot: the unique record, the high-water mark, its job and its decisions. */
  | {
      readonly kind: 'fire_slot';
      readonly schedule: ScheduleKey;
      /** Nominal time of the slot; null: a run at the start, outside the rhythm, which leaves the mark alone. */
      readonly slotAt: number | null;
      readonly draft: JobDraft;
      readonly decisions: readonly Decision[];
      /** True: the job is the breaker's probe, if the breaker is still open. */
      readonly probe: boolean;
    }
  /** Moves the high-water mark past slots that made no job, recording why. */
  | {
      readonly kind: 'skip_slots';
      readonly schedule: ScheduleKey;
      readonly upTo: number;
      readonly decisions: readonly Decision[];
      /** The core's event about it; null: nothing waits for one. */
      readonly routed: RoutedEvent | null;
    }
  /** Makes the rows of instances and schedules what the snapshot says; a schedule whose definition changed starts afresh at `at`. */
  | {
      readonly kind: 'sync';
      readonly instances: readonly InstanceRow[];
      readonly schedules: readonly ScheduleDefinition[];
      /** What is expected; missing: nothing. */
      readonly expectations?: readonly ExpectationRow[];
      /** Whether somebody is to be told of what goes wrong from now on; missing: nobody, and what was noted is forgotten. */
      readonly watchesFailures?: boolean;
      /** The configuration that comes into force with them, to be kept; missing: none. */
      readonly config?: RecordedConfig;
      readonly at: number;
    }
  /**
   * The gateway ended while jobs were running: it counts for each of them, and those that waited then are cleared
   * unless they are suspects. Call it before these jobs are settled; an attempt is counted once.
   */
  | { readonly kind: 'unclean_end' }
  /** The wall clock was set back by `byMs`, to `at`: pauses between attempts keep their length. */
  | { readonly kind: 'clock_back'; readonly byMs: number; readonly at: number }
  /** Pauses or resumes one instance, or with null the whole gateway; the decision is recorded if that changes anything. */
  | {
      readonly kind: 'pause';
      readonly instance: string | null;
      readonly paused: boolean;
      readonly at: number;
      readonly decision: Decision;
    }
  /** Pauses or resumes one schedule; the decisions are recorded if that changes anything. */
  | {
      readonly kind: 'pause_schedule';
      readonly schedule: ScheduleKey;
      readonly paused: boolean;
      readonly at: number;
      /** Slots up to this instant are done with, if that changes anything; null: the mark stays. */
      readonly upTo: number | null;
      readonly decisions: readonly Decision[];
    }
  /** Notes the slot of a schedule, by its nominal time, that somebody wants skipped. */
  | { readonly kind: 'skip_next'; readonly schedule: ScheduleKey; readonly slotAt: number }
  /** Admits the job that runs init for what the hash stands for, unless that is not wanted, is done, or one is at it. */
  | { readonly kind: 'begin_init'; readonly draft: JobDraft; readonly hash: string; readonly decision: Decision }
  /** Closes every circuit breaker of an instance, each with a decision. */
  | {
      readonly kind: 'close_breakers';
      readonly instance: string;
      readonly at: number;
      /** The core's event about each command whose breaker may close, where something waits for one. */
      readonly routed: readonly { readonly command: string; readonly routed: RoutedEvent | null }[];
    }
  /** Makes `value` the state of an instance; the versions before stay. Only with `force` while one of its jobs runs. */
  | {
      readonly kind: 'set_state';
      readonly instance: string;
      readonly value: JsonObject;
      readonly limitBytes: number;
      readonly force: boolean;
      /** Who asked for it. */
      readonly by: string;
      readonly at: number;
    }
  /** Reports that an expectation is missed or back, once; `seenAt` is the last sight that this was decided by. */
  | {
      readonly kind: 'tell_expectation';
      readonly name: string;
      readonly news: 'missed' | 'recovered';
      readonly seenAt: number | null;
      readonly at: number;
      readonly decision: Decision;
      /** The core's event about it; null: nothing waits for one. */
      readonly routed: RoutedEvent | null;
    }
  /** Makes the one job that tells of the failures up to a number, or none; they are forgotten in the same commit. */
  | {
      readonly kind: 'tell_failures';
      readonly upTo: number;
      /** Null: there is nobody to tell. */
      readonly draft: JobDraft | null;
      readonly decisions: readonly Decision[];
      readonly at: number;
    }
  /** Keeps a token of the API, unless a live one bears its name; one that has expired gives it away. */
  | { readonly kind: 'create_token'; readonly token: NewToken }
  /** Ends the token that bears a name; what is known of it stays. */
  | { readonly kind: 'revoke_token'; readonly name: string; readonly by: string; readonly at: number }
  /** Notes that a token was used; loses nothing that was acknowledged. */
  | { readonly kind: 'use_token'; readonly id: number; readonly from: string; readonly at: number }
  /** Records decisions about nothing else that changes. */
  | { readonly kind: 'record'; readonly decisions: readonly Decision[] }
  /** Returns once everything committed before, claims included, is durable. */
  | { readonly kind: 'barrier' };

/** The outcome of each kind of command. */
export interface CommandOutcomes {
  enqueue: readonly Admission[];
  emit: EventResult;
  deliver: DeliveryResult;
  count_rejections: null;
  run_delivery: ({ readonly kind: 'run' } & Became) | { readonly kind: 'has_run' | 'unknown' };
  finish:
    | {
        readonly kind: 'finished';
        readonly events: readonly EventResult[];
        /** True when no job of the lineage is queued or running any more. */
        readonly lineageDone: boolean;
      }
    | { readonly kind: 'stale' }
    | { readonly kind: 'state_too_large'; readonly bytes: number };
  fail_queued: { readonly kind: 'failed' } | { readonly kind: 'not_queued' };
  cancel: {
    readonly kind: 'cancelled' | 'running' | 'terminal' | 'unknown';
    /** True when no job of the lineage is queued or running any more. */
    readonly lineageDone: boolean;
  };
  retry: { readonly kind: 'queued' | 'running' | 'succeeded' | 'duplicate_active' | 'unknown' };
  replay:
    | { readonly kind: 'replayed'; readonly jobId: string }
    /** `jobId` is the replay that there is already. */
    | { readonly kind: 'replayed_before'; readonly jobId: string }
    | { readonly kind: 'active'; readonly status: JobStatus }
    | { readonly kind: 'unknown' };
  keep_answer: null;
  group_dead: { readonly more: boolean };
  fire_slot: { readonly kind: 'fired'; readonly admission: Admission } | { readonly kind: 'already_fired' };
  skip_slots: null;
  sync: null;
  unclean_end: null;
  clock_back: null;
  pause: { readonly kind: 'changed' | 'unchanged' | 'unknown' };
  pause_schedule: { readonly kind: 'changed' | 'unchanged' | 'unknown' };
  skip_next: { readonly kind: 'changed' | 'unchanged' | 'unknown' };
  begin_init: { readonly kind: 'begun' | 'active' | 'not_wanted' };
  close_breakers: { readonly commands: readonly string[] };
  set_state:
    | { readonly kind: 'changed' | 'unchanged'; readonly version: number }
    | { readonly kind: 'running'; readonly jobId: string }
    | { readonly kind: 'too_large'; readonly bytes: number };
  tell_expectation: { readonly kind: 'told' | 'stale' };
  tell_failures: { readonly kind: 'told' | 'stale' };
  create_token: { readonly kind: 'created'; readonly token: Token } | { readonly kind: 'taken' };
  revoke_token: { readonly kind: 'revoked'; readonly token: Token } | { readonly kind: 'unknown' };
  use_token: null;
  record: null;
  barrier: null;
}
