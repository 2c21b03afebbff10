import type { Breaker } from '../domain/breaker.ts';
import type { Event } from '../domain/event.ts';
import type { Measured } from '../domain/exposition.ts';
import type { Instance } from '../domain/instance.ts';
import type { Job } from '../domain/job.ts';
import type { RoutedEvent } from '../domain/settlement.ts';
import type { Snapshot } from '../domain/snapshot.ts';
import type { NewSecret } from '../platform/secret.ts';
import type { Held } from '../store/port/claims.ts';
import type { ConfigInForce, ConfigVersion } from '../store/port/configs.ts';
import type { DecisionFilter, StoredDecision } from '../store/port/decisions.ts';
import type { Standing } from '../store/port/instances.ts';
import type { JobFilter, JobSummary, QueueCounts } from '../store/port/jobs.ts';
import type { Listed, Page } from '../store/port/lists.ts';
import type { Admission } from '../store/port/outcomes.ts';
import type { StorageStats } from '../store/port/stats.ts';
import type { StorageHealth, StoreCounters } from '../store/port.ts';
import type { BackupState, Backups } from './backups.ts';
import type { CancelledLineage } from './cancel-lineage.ts';
import type { Told } from './change-feed.ts';
import type { DeskOperations } from './desk-operations.ts';
import type { Emission, Submission } from './drafts.ts';
import type { EmissionResult, Enqueue } from './enqueue.ts';
import type { ExpectationView } from './expectations.ts';
import type { InstanceOperations } from './instance-operations.ts';
import type { JobDetail } from './job-detail.ts';
import type { JobLogs, LogPart, LogRequest } from './job-logs.ts';
import type { PreviewRequest } from './preview.ts';
import type { Previewed, Reloaded } from './reload.ts';
import type { ScheduleView } from './schedule-entry.ts';
import type { ScheduleOperations } from './schedule-operations.ts';
import type { Scheduler } from './scheduler.ts';
import type { SecretView } from './secrets.ts';
import type { TokenOperations } from './token-operations.ts';
import type { Trace } from './trace.ts';
import type { WebhookOperations } from './webhook-operations.ts';

export type { BackupFacts } from '../store/port/backups.ts';
export type { Change } from '../store/port/changes.ts';
export type { Held } from '../store/port/claims.ts';
export type { ConfigInForce, ConfigVersion } from '../store/port/configs.ts';
export type { StoredDecision } from '../store/port/decisions.ts';
export type { JobSummary, QueueCounts } from '../store/port/jobs.ts';
export type { Admission } from '../store/port/outcomes.ts';
export type { StorageStats } from '../store/port/stats.ts';
export type { Told } from './change-feed.ts';
export type { JobLogs, LogPart } from './job-logs.ts';
export type { Trace } from './trace.ts';

/** An event with what it led to. */
export interface EventDetail {
  readonly event: Event;
  readonly decisions: readonly StoredDecision[];
}

/** Of the queued jobs of an instance, those that failed and wait for their next try. */
export interface RetryingView {
  readonly count: number;
  /** When the first of them is tried again; null: none waits. */
  readonly nextAt: number | null;
  /** True: there may be more. */
  readonly capped: boolean;
}

/** An instance with its queue. */
export interface InstanceView {
  readonly instance: Instance;
  readonly counts: readonly QueueCounts[];
  readonly retrying: RetryingView;
  readonly held: Held | null;
  /** Null when nobody synced the instance yet. */
  readonly standing: Standing | null;
  readonly breakers: readonly (Breaker & { readonly command: string })[];
}

/** The gateway at a glance. */
export interface StatusView {
  readonly name: string;
  /** False when nobody dispatches: the command line works on the files by itself. */
  readonly running: boolean;
  readonly pid: number | null;
  readonly startedAt: number | null;
  /** Since when the whole gateway is paused; null: it is not. */
  readonly pausedAt: number | null;
  /** Where webhooks are listened for, as `host:port`; null: nowhere. */
  readonly webhooksAt: string | null;
  /** Where webhooks should be listened for, as `host:port`; null: none is configured. */
  readonly webhooksListen: string | null;
  /** Where the API is listened for besides the socket, as `host:port`; null: nowhere. */
  readonly apiAt: string | null;
  readonly configFile: string;
  readonly configVersion: string;
  readonly slots: number;
  readonly counts: readonly QueueCounts[];
  readonly instances: readonly InstanceView[];
  readonly schedules: readonly ScheduleView[];
  readonly expectations: readonly ExpectationView[];
  readonly store: StoreCounters;
  readonly storage: StorageHealth;
  /** Null: there is no plan of backups. */
  readonly backup: BackupState | null;
}

/** Why a gateway does no work: its storage refuses, it is shutting down, or it starts no jobs. */
export const UNREADY_REASONS = ['storage_unavailable', 'draining', 'not_dispatching'] as const;

/** One of these reasons. */
export type UnreadyReason = (typeof UNREADY_REASONS)[number];

/** Everything the API and the command line can ask of a gateway. */
export interface Operations
  extends InstanceOperations,
    ScheduleOperations,
    WebhookOperations,
    TokenOperations,
    DeskOperations {
  readonly snapshot: () => Snapshot;
  submit(submission: Submission): Promise<Admission>;
  emit(emission: Emission): Promise<EmissionResult>;
  job(id: string): Promise<JobDetail>;
  /** Name of the instance of a job; throws `not_found`. */
  instanceOf(jobId: string): Promise<string>;
  jobs(filter: JobFilter, page: Page): Promise<Listed<JobSummary>>;
  /** The job once it has ended, or as it stands after `timeoutMs`, when `signal` aborts or when the gateway stops. */
  wait(jobId: string, timeoutMs: number, signal?: AbortSignal): Promise<Job>;
  cancel(jobId: string): Promise<Job>;
  /** Cancels a job with everything that came of it. */
  cancelLineage(jobId: string): Promise<CancelledLineage>;
  event(id: string): Promise<EventDetail>;
  events(
    filter: { type: string | null; source: string | null; jobId: string | null },
    page: Page,
  ): Promise<Listed<Event>>;
  schedules(): Promise<readonly ScheduleView[]>;
  expectations(): Promise<readonly ExpectationView[]>;
  decisions(filter: DecisionFilter, page: Page): Promise<Listed<StoredDecision>>;
  /** Everything that came of the trigger behind a job, an event or a delivery, at most `limit` jobs of it. */
  trace(id: string, limit: number): Promise<Trace>;
  /** What a job said, piece by piece; `follow` means something only where a gateway is at work. */
  logs(request: LogRequest): AsyncGenerator<LogPart, void, undefined>;
  /** At most `limit` attempts of a job from one number on; of the one in progress the end of what it has said so far. */
  logsPage(request: { readonly jobId: string; readonly from: number; readonly limit: number }): Promise<JobLogs>;
  /** What there is under an id. */
  knows(id: string): Promise<{ readonly job: boolean; readonly event: boolean }>;
  /**
   * What changes from now on, or after a position that was told before, see `ChangeFeed`; ends when `signal` aborts.
   * Its first step throws `gateway_unreachable` when no gateway is at work.
   */
  follow(after: number | null, signal: AbortSignal): AsyncGenerator<Told, void, undefined>;
  now(): number;
  /** The configurations that came into force, newest first. */
  configVersions(): Promise<readonly ConfigVersion[]>;
  /** One of them with its text, by its version or the beginning of it. */
  configText(version: string): Promise<ConfigVersion & ConfigInForce>;
  /** The secrets in force with who has or had them, never their values; those that go by a name, or all. */
  secrets(name: string | null): Promise<readonly SecretView[]>;
  instances(): Promise<readonly InstanceView[]>;
  status(): Promise<StatusView>;
  /** Why the gateway does no work now; empty: it does. Asks nothing of the disk. */
  unready(): readonly UnreadyReason[];
  /** What the gateway counted and measures now; throws OperatorError `gateway_unreachable` when none runs. */
  metrics(): Promise<Measured>;
  /** Makes a backup beside the work. */
  readonly backup: Backups['make'];
  /** What is stored, and where the bytes are. */
  storageStats(): Promise<StorageStats>;
  /** What an event would lead to; nothing is stored. */
  testRoutes(emission: Emission): RoutedEvent;
  /** Reads the configuration anew and puts it in force; `by` is who asks, for the log. */
  reload(by: string): Promise<Reloaded>;
  /** What `reload` would change. */
  previewReload(request: PreviewRequest): Promise<Previewed>;
}

/** What operations need of the running machinery; a gateway that is not running has none of it. */
export interface Machinery {
  readonly enqueue: Enqueue;
  readonly reload: (by: string) => Promise<Reloaded>;
  readonly preview: (request: PreviewRequest) => Promise<Previewed>;
  readonly running: boolean;
  readonly pid: number | null;
  readonly startedAt: number | null;
  readonly schedules: () => Promise<readonly ScheduleView[]>;
  /** Stores the pause of a schedule and has whoever fires it take that over. */
  readonly pauseSchedule: Scheduler['pause'];
  readonly skipSlot: Scheduler['skip'];
  readonly backups: Pick<Backups, 'make' | 'state'>;
  readonly held: () => readonly Held[];
  /** True while due jobs are started. */
  readonly dispatching: () => boolean;
  /** Aborts when the gateway stops: nobody is kept waiting then. */
  readonly stopping: AbortSignal;
  /** Ends the process of a running job; false when it is not running here. */
  readonly endAttempt: (jobId: string) => boolean;
  readonly wake: () => void;
  readonly webhooksAt: () => string | null;
  readonly apiAt: () => string | null;
  readonly newSecret: NewSecret;
  /** A token was revoked: what it allowed ends. */
  readonly tokenEnded: (id: number) => void;
  readonly metrics: () => Promise<Measured>;
  /** Runs the init of an unhealthy instance now, instead of when it would be tried again. */
  readonly retryInit: (instance: string) => Promise<void>;
}
