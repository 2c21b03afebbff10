import type { Breaker } from '../domain/breaker.ts';
import { OperatorError } from '../domain/errors.ts';
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
import { cancelJob } from './cancel.ts';
import { type CancelledLineage, cancelLineage } from './cancel-lineage.ts';
import { createChangeFeed, type Told } from './change-feed.ts';
import { createDeskOperations, type DeskOperations } from './desk-operations.ts';
import type { Emission, EmissionResult, Enqueue, Submission } from './enqueue.ts';
import { routedOf } from './enqueue.ts';
import { type ExpectationView, expectationViews } from './expectations.ts';
import { createInstanceOperations, type InstanceOperations } from './instance-operations.ts';
import { retentionOf } from './janitor.ts';
import { type JobDetail, jobDetail } from './job-detail.ts';
import { type JobLogs, jobLogs, jobLogsPage, type LogPart, type LogRequest } from './job-logs.ts';
import type { EngineParts } from './parts.ts';
import type { PreviewRequest } from './preview.ts';
import type { Previewed, Reloaded } from './reload.ts';
import type { ScheduleView } from './schedule-entry.ts';
import { createScheduleOperations, type ScheduleOperations } from './schedule-operations.ts';
import type { Scheduler } from './scheduler.ts';
import { type SecretView, secretViews } from './secrets.ts';
import { createTokenOperations, type TokenOperations } from './token-operations.ts';
import { type Trace, trace } from './trace.ts';
import { waitForJob } from './wait.ts';
import { createWebhookOperations, type WebhookOperations } from './webhook-operations.ts';

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

/** Most clients that read logs of jobs at a time. */
const MAX_LOG_READERS = 100;

/** An event with what it led to. */
export interface EventDetail {
  readonly event: Event;
  readonly decisions: readonly StoredDecision[];
}

/** An instance with its queue. */
export interface InstanceView {
  readonly instance: Instance;
  readonly counts: readonly QueueCounts[];
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

/** The operations over a store and the machinery around it. */
export function createOperations(parts: EngineParts, machinery: Machinery): Operations {
  const { store, clock } = parts;
  let counting: Promise<StorageStats> | null = null;

  async function jobOrThrow(id: string): Promise<Job> {
    const job = await store.read.job(id);
    if (job === null) throw new OperatorError('not_found', `no job "${id}"`);
    return job;
  }

  async function instances(): Promise<readonly InstanceView[]> {
    const [counts, breakers, standings] = await Promise.all([
      store.read.counts(clock.now()),
      store.read.breakers(),
      store.read.standings(),
    ]);
    return [...parts.snapshot().instances.values()].map((instance) => ({
      instance,
      counts: counts.filter((row) => row.instance === instance.name),
      held: machinery.held().find((held) => held.instance === instance.name) ?? null,
      standing: standings.instances.find((standing) => standing.instance === instance.name) ?? null,
      breakers: breakers.filter((breaker) => breaker.instance === instance.name),
    }));
  }

  const feed = createChangeFeed(parts);
  let logReaders = 0;

  const operations: Operations = {
    ...createInstanceOperations(parts, machinery),
    ...createWebhookOperations(parts, {
      enqueue: machinery.enqueue,
      retry: (jobId) => operations.retry(jobId, { by: 'a redelivery' }),
    }),
    ...createDeskOperations(parts, {
      enqueue: machinery.enqueue,
      wake: machinery.wake,
      cancel: (jobId) => operations.cancel(jobId),
    }),
    ...createScheduleOperations(parts, machinery),
    ...createTokenOperations(parts, { newSecret: machinery.newSecret, ended: machinery.tokenEnded }),
    snapshot: parts.snapshot,
    submit: (submission) => machinery.enqueue.submit(submission),
    emit: (emission) => machinery.enqueue.emit(emission),
    job: async (id) =>
      jobDetail(parts, { job: await jobOrThrow(id), held: machinery.running ? machinery.held() : null }),
    instanceOf: async (jobId) => (await jobOrThrow(jobId)).instance,
    jobs(filter, page) {
      return store.read.jobs(filter, page);
    },
    async wait(jobId, timeoutMs, signal) {
      const ended = signal === undefined ? machinery.stopping : AbortSignal.any([machinery.stopping, signal]);
      const job = await waitForJob(parts, { jobId, timeoutMs, signal: ended });
      if (job === null) throw new OperatorError('not_found', `no job "${jobId}"`);
      return job;
    },
    cancel: (jobId) => cancelJob(parts, machinery, jobId),
    cancelLineage: (jobId) => cancelLineage(parts, machinery, jobId),
    async event(id) {
      const event = await store.read.event(id);
      if (event === null) throw new OperatorError('not_found', `no event "${id}"`);
      const decisions = await store.read.decisions({ eventId: id }, { limit: 1_000, cursor: null });
      return { event, decisions: decisions.items };
    },
    events: (filter, page) => store.read.events(filter, page),
    schedules: machinery.schedules,
    expectations: () => expectationViews(parts),
    decisions: (filter, page) => store.read.decisions(filter, page),
    async *logs(request) {
      if (logReaders >= MAX_LOG_READERS) {
        throw new OperatorError('too_many_streams', `${logReaders} clients read logs of jobs already`);
      }
      logReaders += 1;
      try {
        yield* jobLogs(parts, { ...request, follow: request.follow && machinery.running });
      } finally {
        logReaders -= 1;
      }
    },
    logsPage: (request) => jobLogsPage(parts, request),
    trace: (id, limit) => trace(parts, { id, limit }),
    async knows(id) {
      const [jobs, event] = await Promise.all([store.read.knows([id]), store.read.event(id)]);
      return { job: jobs.has(id), event: event !== null };
    },
    async *follow(after, signal) {
      if (!machinery.running) {
        throw new OperatorError('gateway_unreachable', 'no gateway runs, so nothing changes', {
          hint: 'Start one with `ductile start`.',
        });
      }
      yield* feed.follow(after, signal);
    },
    now: () => clock.now(),
    configVersions: () => store.read.configVersions(),
    async configText(given) {
      const versions = new Set((await store.read.configVersions()).map(({ version }) => version));
      const meant = versions.has(given) ? [given] : [...versions].filter((version) => version.startsWith(given));
      const [version] = meant;
      const found = version === undefined || meant.length > 1 ? null : await store.read.configText(version);
      if (found !== null) return found;
      const message =
        meant.length > 1
          ? `"${given}" is the beginning of ${meant.length} versions`
          : `no version "${given}" of the configuration was in force, or retention has removed it`;
      throw new OperatorError('not_found', message, { hint: '`ductile config history` lists the versions.' });
    },
    secrets: (name) => secretViews(parts, name),
    instances,
    async status() {
      const { service, file, version } = parts.snapshot();
      const [all, standings] = await Promise.all([instances(), store.read.standings()]);
      return {
        name: service.name,
        running: machinery.running,
        pid: machinery.pid,
        startedAt: machinery.startedAt,
        pausedAt: standings.pausedAt,
        webhooksAt: machinery.webhooksAt(),
        apiAt: machinery.apiAt(),
        configFile: file,
        configVersion: version,
        slots: service.concurrency,
        counts: all.flatMap(({ counts }) => counts),
        instances: all,
        schedules: await machinery.schedules(),
        expectations: await expectationViews(parts),
        store: store.counters(),
        storage: store.health(),
        backup: machinery.backups.state(),
      };
    },
    unready() {
      const reasons: Record<UnreadyReason, boolean> = {
        storage_unavailable: !store.health().ok,
        draining: machinery.stopping.aborted,
        not_dispatching: !machinery.dispatching(),
      };
      return UNREADY_REASONS.filter((reason) => reasons[reason]);
    },
    metrics: machinery.metrics,
    backup: (wish) => machinery.backups.make(wish),
    storageStats() {
      // It looks at every page: who asks meanwhile shares the answer.
      counting ??= store.stats(retentionOf(parts.snapshot()), clock.now()).finally(() => {
        counting = null;
      });
      return counting;
    },
    testRoutes: (emission) => routedOf(parts, emission),
    reload: machinery.reload,
    previewReload: machinery.preview,
  };
  return operations;
}
