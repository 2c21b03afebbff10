import type { Breaker } from '../domain/breaker.ts';
import type { Event } from '../domain/event.ts';
import type { ExpectationState } from '../domain/expectation.ts';
import type { UntoldFailures } from '../domain/failure-message.ts';
import type { Job } from '../domain/job.ts';
import type { JsonObject } from '../domain/json.ts';
import type { AttemptRecord } from '../domain/settlement.ts';
import type { Token } from '../domain/token.ts';
import type { Rejection } from '../domain/webhook/rejection.ts';
import type { PastAttempt } from './port/attempts.ts';
import type { BackupFacts, BackupRequest } from './port/backups.ts';
import type { ChangePage, ChangesKept } from './port/changes.ts';
import type { Claimed, ClaimRequest, ClaimResult } from './port/claims.ts';
import type { Command, CommandOutcomes } from './port/commands.ts';
import type { ConfigInForce, ConfigVersion } from './port/configs.ts';
import type { DecisionFilter, StoredDecision } from './port/decisions.ts';
import type { DeliveryFilter, DeliverySummary, StoredDelivery, WebhookCounts } from './port/deliveries.ts';
import type { DeadGroup, JobSelection, OnceAnswer, Replays, SelectedJobs } from './port/desk.ts';
import type { Standings, StateVersion } from './port/instances.ts';
import type { JobFilter, JobSummary, QueueCounts, QueueDepth, Retrying } from './port/jobs.ts';
import type { Listed, Page } from './port/lists.ts';
import type { ScheduleState } from './port/schedules.ts';
import type { StorageStats } from './port/stats.ts';
import type { TokenFilter } from './port/tokens.ts';
import type { TracedLineage, TraceOrigin, TraceRequest } from './port/traces.ts';

/** Reading; never waits for a writer and may see a moment before the latest commit of another process. */
export interface Reads {
  job(id: string): Promise<Job | null>;
  /** Which of these jobs there are. */
  knows(jobIds: readonly string[]): Promise<ReadonlySet<string>>;
  jobs(filter: JobFilter, page: Page): Promise<Listed<JobSummary>>;
  attempts(jobId: string): Promise<readonly AttemptRecord[]>;
  /** An attempt that has ended, with what it was given; null: there is none. */
  pastAttempt(jobId: string, attempt: number): Promise<PastAttempt | null>;
  /** At most `limit` of them, from one number on. */
  attemptsFrom(range: {
    readonly jobId: string;
    readonly from: number;
    readonly limit: number;
  }): Promise<readonly AttemptRecord[]>;
  /** Jobs that this job's events caused, oldest first, at most 1,000. */
  children(jobId: string): Promise<readonly JobSummary[]>;
  /** Every job of a lineage, oldest first, at most 1,000. */
  lineage(rootJobId: string): Promise<readonly JobSummary[]>;
  /** Ids of jobs, queued or running, that came of this one, however far down; at most `limit`. */
  activeBelow(asked: {
    readonly rootJobId: string;
    readonly jobId: string;
    readonly limit: number;
  }): Promise<readonly string[]>;
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
  /** What endpoints refused, counted by the hour, newest first by when each was counted first in it. */
  rejections(filter: { readonly endpoint: string | null }, page: Page): Promise<Listed<Rejection>>;
  /** Deliveries and refusals of each endpoint since then; there is no row for none. */
  webhookCounts(since: number): Promise<readonly WebhookCounts[]>;
  /** The configurations that came into force, newest first, at most 1,000. */
  configVersions(): Promise<readonly ConfigVersion[]>;
  /** One of them as it was last in force, or null. */
  configText(version: string): Promise<(ConfigVersion & ConfigInForce) | null>;
  /** The token whose text has that SHA-256, whatever has become of it, or null. */
  token(hash: Uint8Array): Promise<Token | null>;
  tokens(filter: TokenFilter, page: Page): Promise<Listed<Token>>;
  breakers(): Promise<readonly (Breaker & { readonly instance: string; readonly command: string })[]>;
  /** Every expectation that `sync` named, by name. */
  expectations(): Promise<readonly ExpectationState[]>;
  /** Since when something is untold, and when a message was made last; null: nothing is. Cheap however much there is. */
  untoldSince(): Promise<Pick<UntoldFailures, 'firstAt' | 'toldAt'> | null>;
  /** What went wrong and `service.on_failure` has not been told of; null: nothing. */
  untoldFailures(): Promise<UntoldFailures | null>;
  standings(): Promise<Standings>;
  /** Jobs of an unhealthy instance that have been due since `dueBy` or longer, its init aside; at most `limit`. */
  overdue(instance: string, dueBy: number, limit: number): Promise<readonly JobSummary[]>;
  state(instance: string): Promise<{ readonly value: JsonObject; readonly version: number }>;
  /** That version of an instance's state, null for the latest; null when it is not kept. */
  stateVersion(instance: string, version: number | null): Promise<StateVersion | null>;
  /** Dead letters by their fingerprint, of all instances or one; the group that grew last first. */
  deadGroups(instance: string | null, page: Page): Promise<Listed<DeadGroup>>;
  deadGroup(fingerprint: string): Promise<DeadGroup | null>;
  /** The jobs of a group, the one that ended last first. */
  deadJobs(fingerprint: string, page: Page): Promise<Listed<JobSummary>>;
  replays(jobId: string): Promise<Replays>;
  /** A piece of what a selection finds; `after` is the `next` of the piece before, 0 for the first. Never keeps the event loop long. */
  selected(selection: JobSelection, after: number): Promise<SelectedJobs>;
  /** What is remembered of a request with an Idempotency-Key; null: nothing. */
  answered(key: { readonly owner: string; readonly key: string; readonly now: number }): Promise<OnceAnswer | null>;
  /** Queued jobs, counted no further than `limit`. */
  queued(limit: number): Promise<number>;
  /** Never keeps the event loop long; of a long queue, instances may be counted at slightly different moments. */
  counts(now: number): Promise<readonly QueueCounts[]>;
  /** Queued jobs that failed and are due later, by instance; cheap however many jobs there are. */
  retrying(now: number): Promise<Retrying>;
  /** Ids of the jobs that an event caused, oldest first, at most 1,000. */
  caused(eventId: string): Promise<readonly string[]>;
  /** Where a root job, or an event from outside, came from. */
  origin(of: { readonly jobId: string | null; readonly eventId: string | null }): Promise<TraceOrigin>;
  /** A lineage with everything but payloads and output; its parts may be read at slightly different moments. */
  trace(request: TraceRequest): Promise<TracedLineage>;
  /** At most `limit` changes after one number and up to another, oldest first. */
  changes(range: { readonly after: number; readonly upTo: number; readonly limit: number }): Promise<ChangePage>;
  changesKept(): Promise<ChangesKept>;
  /** The queue of every instance that has one; cheap however many jobs have ended. */
  queue(now: number): Promise<readonly QueueDepth[]>;
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

/** What the storage takes up, in bytes. */
export interface StoreSizes {
  readonly database: number;
  /** What is committed and not yet in the database proper. */
  readonly log: number;
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
  /** Makes a backup beside the work: whole or not at all. Throws `file_exists`, `backup_failed` or `storage_unavailable`. */
  backup(request: BackupRequest): Promise<BackupFacts>;
  /** What is stored and where the bytes are, counted beside the work. */
  stats(retention: Retention, now: number): Promise<StorageStats>;
  counters(): StoreCounters;
  /** Calls `hear` after each commit that wrote something, a hint and no more; returns the function that ends it. */
  watch(hear: () => void): () => void;
  health(): StorageHealth;
  sizes(): StoreSizes;
  close(): Promise<void>;
}
