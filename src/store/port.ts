import type { Breaker } from '../domain/breaker.ts';
import type { Decision } from '../domain/decision.ts';
import type { Event } from '../domain/event.ts';
import type { AttemptOutcome, Job, JobDraft, JobError, JobStatus } from '../domain/job.ts';
import type { JsonObject } from '../domain/json.ts';
import type { AttemptRecord, RoutedEvent, Settlement } from '../domain/settlement.ts';
import type { Delivery, DeliveryWork, Rejection } from '../domain/webhook/delivery.ts';

/** What became of a draft. A duplicate carries the id and status of the job that absorbed it. */
export type Admission =
  | { readonly kind: 'admitted'; readonly jobId: string }
  | {
      readonly kind: 'duplicate';
      readonly jobId: string;
      readonly status: JobStatus;
      readonly payloadDiffers: boolean;
    };

/** What a routed event led to once it was committed. */
export interface EventResult {
  readonly eventId: string;
  /** True when an event with this id from the same source was there before; then nothing else was done. */
  readonly duplicate: boolean;
  readonly admissions: readonly Admission[];
}

/** What a delivery became; both null when it was only observed. */
export interface Became {
  readonly jobId: string | null;
  readonly eventId: string | null;
}

/** What the inbox made of a delivery; of a repeat, what the first one became. */
export interface DeliveryResult extends Became {
  /** Of the delivery, or of the first one. */
  readonly id: string;
  readonly repeat: boolean;
  /** True: the job of the first one had ended badly and is queued again. */
  readonly retried: boolean;
}

/** A delivery as the inbox lists it. */
export interface DeliverySummary extends Became {
  readonly id: string;
  readonly endpoint: string;
  readonly receivedAt: number;
  readonly remote: string;
  readonly senderId: string | null;
  /** Null while it has no job, or retention has removed that. */
  readonly jobStatus: JobStatus | null;
  readonly bodyBytes: number;
  /** How often it was delivered again, and when last. */
  readonly repeats: number;
  readonly lastRepeatAt: number | null;
}

/** A delivery with everything that was kept of it. */
export type StoredDelivery = DeliverySummary &
  Pick<Delivery, 'headers' | 'query' | 'contentType' | 'format' | 'passesBody' | 'body'>;

/**
 * A change to the store. Each command is atomic by itself and its outcome is told only after it is durable;
 * concurrent commands may share one transaction and one fsync.
 */
export type Command =
  /** Admits drafts, or absorbs them by their dedupe keys; each absorption is recorded as a decision. */
  | { readonly kind: 'enqueue'; readonly drafts: readonly JobDraft[] }
  /** Records an event from outside with its decisions and jobs. */
  | { readonly kind: 'emit'; readonly routed: RoutedEvent }
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
  | { readonly kind: 'retry'; readonly jobId: string; readonly at: number }
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
    }
  /** Makes the rows of instances and schedules what the snapshot says; a schedule whose definition changed starts afresh at `at`. */
  | {
      readonly kind: 'sync';
      readonly instances: readonly InstanceRow[];
      readonly schedules: readonly ScheduleDefinition[];
      /** The configuration that comes into force with them, to be kept; missing: none. */
      readonly config?: ConfigInForce;
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
  /** Admits the job that runs init for what the hash stands for, unless that is not wanted, is done, or one is at it. */
  | { readonly kind: 'begin_init'; readonly draft: JobDraft; readonly hash: string; readonly decision: Decision }
  /** Closes every circuit breaker of an instance, each with a decision. */
  | { readonly kind: 'close_breakers'; readonly instance: string; readonly at: number }
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
  fire_slot: { readonly kind: 'fired'; readonly admission: Admission } | { readonly kind: 'already_fired' };
  skip_slots: null;
  sync: null;
  unclean_end: null;
  clock_back: null;
  pause: { readonly kind: 'changed' | 'unchanged' | 'unknown' };
  begin_init: { readonly kind: 'begun' | 'active' | 'not_wanted' };
  close_breakers: { readonly commands: readonly string[] };
  set_state:
    | { readonly kind: 'changed' | 'unchanged'; readonly version: number }
    | { readonly kind: 'running'; readonly jobId: string }
    | { readonly kind: 'too_large'; readonly bytes: number };
  record: null;
  barrier: null;
}

/** A configuration as it is kept, secrets masked. */
export interface ConfigInForce {
  /** Of its snapshot. */
  readonly version: string;
  /** Absolute path of its first file. */
  readonly file: string;
  readonly text: string;
}

/** A configuration that came into force; one that came again is there again. */
export interface ConfigVersion {
  readonly version: string;
  readonly at: number;
  readonly file: string;
}

/** A schedule's identity. */
export interface ScheduleKey {
  readonly instance: string;
  readonly id: string;
}

/** A schedule as configured; `hash` changes with anything that changes its slots. */
export interface ScheduleDefinition extends ScheduleKey {
  readonly hash: string;
}

/** A schedule's durable memory. */
export interface ScheduleState extends ScheduleDefinition {
  /** Slots at or before this instant are done with. */
  readonly highWaterAt: number;
  readonly pausedAt: number | null;
  /** The last job a slot made, if any. */
  readonly lastJobId: string | null;
  /** Nominal time of the last slot that fired; for a run at the start, when it was made. */
  readonly lastSlotAt: number | null;
}

/** What a claim must respect of an instance. */
export interface InstanceRow {
  readonly name: string;
  /** Most attempts at one time; 0 holds every job. */
  readonly cap: number;
  readonly rateLimit: { readonly count: number; readonly perMs: number } | null;
  /** Stands for what init must have succeeded with before other jobs may start; null: there is no init. */
  readonly initHash?: string | null;
}

/** What holds the jobs of an instance whatever its limits, and outlives the gateway. */
export interface Standing {
  readonly instance: string;
  readonly pausedAt: number | null;
  /** Since when its jobs wait for init; null: it has succeeded, or there is none. */
  readonly unhealthyAt: number | null;
  /** The latest job that ran init, if any, and the hash that was wanted when it was made. */
  readonly initJobId: string | null;
  readonly initTried: string | null;
}

/** What holds the whole gateway, and each instance. */
export interface Standings {
  readonly pausedAt: number | null;
  readonly instances: readonly Standing[];
}

/** One version of an instance's state. Version 0 is the empty one before the first change. */
export interface StateVersion {
  readonly value: JsonObject;
  readonly version: number;
  /** When it was made, and by which job; null: before the first change, or not by a job. */
  readonly at: number | null;
  readonly jobId: string | null;
}

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
  /** The delivery that a webhook made the job of. */
  readonly delivery: StoredDelivery | null;
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

/** Which page of a list; `cursor` is opaque and comes from the page before. */
export interface Page {
  readonly limit: number;
  readonly cursor: string | null;
}

/** A page of a list, newest first. */
export interface Listed<T> {
  readonly items: readonly T[];
  readonly nextCursor: string | null;
}

/** Which jobs a list shows. */
export interface JobFilter {
  readonly status: JobStatus | null;
  readonly instance: string | null;
  /** Created at or after. */
  readonly since: number | null;
}

/** Which decisions a list shows; all given fields must match. */
export interface DecisionFilter {
  readonly jobId?: string;
  readonly eventId?: string;
  readonly instance?: string;
  readonly route?: string;
  readonly schedule?: string;
  readonly collapseKey?: string;
}

/** Which deliveries a list shows. */
export interface DeliveryFilter {
  readonly endpoint: string | null;
  /** True: only those whose job has ended badly. */
  readonly failed: boolean;
}

/** How much came in through an endpoint. */
export interface WebhookCounts {
  readonly endpoint: string;
  readonly accepted: number;
  readonly repeated: number;
  readonly rejected: number;
  readonly lastAt: number;
}

/** A stored decision with its repeats. */
export interface StoredDecision extends Decision {
  readonly count: number;
  readonly firstAt: number;
  readonly lastAt: number;
}

/** A job without payload and result, for lists. */
export type JobSummary = Omit<Job, 'payload' | 'result'>;

/** Jobs per instance and status, terminal ones of the last 24 hours only; there is no row for none. */
export interface QueueCounts {
  readonly instance: string;
  readonly status: JobStatus;
  readonly count: number;
  /** True: there may be more. Counting stops at 100,000, of queued jobs per instance and of ended ones per status. */
  readonly capped: boolean;
}

/** Reading; never waits for a writer and may see a moment before the latest commit of another process. */
export interface Reads {
  job(id: string): Promise<Job | null>;
  /** Which of these jobs there are. */
  knows(jobIds: readonly string[]): Promise<ReadonlySet<string>>;
  jobs(filter: JobFilter, page: Page): Promise<Listed<JobSummary>>;
  attempts(jobId: string): Promise<readonly AttemptRecord[]>;
  /** Jobs that this job's events caused, oldest first, at most 1,000. */
  children(jobId: string): Promise<readonly JobSummary[]>;
  /** Every job of a lineage, oldest first, at most 1,000. */
  lineage(rootJobId: string): Promise<readonly JobSummary[]>;
  /** True when no job of the lineage is queued or running. */
  lineageDone(rootJobId: string): Promise<boolean>;
  /** Jobs now `running`. */
  running(): Promise<readonly Claimed[]>;
  /** Queued jobs of instances that `sync` did not name, at most `limit`. */
  stranded(limit: number): Promise<readonly JobSummary[]>;
  event(id: string): Promise<Event | null>;
  events(
    filter: { readonly type: string | null; readonly source: string | null; readonly jobId: string | null },
    page: Page,
  ): Promise<Listed<Event>>;
  decisions(filter: DecisionFilter, page: Page): Promise<Listed<StoredDecision>>;
  schedules(): Promise<readonly ScheduleState[]>;
  deliveries(filter: DeliveryFilter, page: Page): Promise<Listed<DeliverySummary>>;
  delivery(id: string): Promise<StoredDelivery | null>;
  /** What endpoints refused, latest first. */
  rejections(filter: { readonly endpoint: string | null }, page: Page): Promise<Listed<Rejection>>;
  /** Deliveries and refusals of each endpoint since then; there is no row for none. */
  webhookCounts(since: number): Promise<readonly WebhookCounts[]>;
  /** The configurations that came into force, newest first, at most 1,000. */
  configVersions(): Promise<readonly ConfigVersion[]>;
  /** One of them as it was last in force, or null. */
  configText(version: string): Promise<(ConfigVersion & ConfigInForce) | null>;
  breakers(): Promise<readonly (Breaker & { readonly instance: string; readonly command: string })[]>;
  standings(): Promise<Standings>;
  /** Jobs of an unhealthy instance that have been due since `dueBy` or longer, its init aside; at most `limit`. */
  overdue(instance: string, dueBy: number, limit: number): Promise<readonly JobSummary[]>;
  state(instance: string): Promise<{ readonly value: JsonObject; readonly version: number }>;
  /** That version of an instance's state, null for the latest; null when it is not kept. */
  stateVersion(instance: string, version: number | null): Promise<StateVersion | null>;
  /** Queued jobs, counted no further than `limit`. */
  queued(limit: number): Promise<number>;
  /** Never keeps the event loop long; of a long queue, instances may be counted at slightly different moments. */
  counts(now: number): Promise<readonly QueueCounts[]>;
}

/** Ages beyond which rows may go, in milliseconds. */
export interface Retention {
  readonly succeededMs: number;
  readonly deadLettersMs: number;
  readonly eventsMs: number;
  readonly decisionsMs: number;
  /** Deliveries stay as long as the job they became. */
  readonly deliveriesMs: number;
  readonly rejectionsMs: number;
}

/** How often the store was asked for anything, since it was opened; for tests, status and metrics. */
export interface StoreCounters {
  readonly calls: number;
  readonly transactions: number;
  readonly syncs: number;
}

/** Whether the storage takes what it is given. While it does not, nothing is accepted or claimed. */
export interface StorageHealth {
  readonly ok: boolean;
  /** Since when it has not been; null while it is. */
  readonly since: number | null;
  /** What is wrong; null while nothing is. */
  readonly message: string | null;
}

/** The durable queue and everything around it. Nothing that it acknowledges is lost. */
export interface Store {
  commit<C extends Command>(command: C): Promise<CommandOutcomes[C['kind']]>;
  /** Claims up to `slots` due jobs for `owner`, each at its own attempt number. */
  claim(request: ClaimRequest): Promise<ClaimResult>;
  readonly read: Reads;
  /** Deletes what retention allows, in one small batch, and lets others have a turn; false at the end of a pass over everything. */
  prune(retention: Retention, now: number): Promise<boolean>;
  counters(): StoreCounters;
  health(): StorageHealth;
  close(): Promise<void>;
}
