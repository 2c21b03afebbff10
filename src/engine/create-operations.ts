import { OperatorError } from '../domain/errors.ts';
import type { Job } from '../domain/job.ts';
import type { Retrying } from '../store/port/jobs.ts';
import type { StorageStats } from '../store/port/stats.ts';
import { cancelJob } from './cancel.ts';
import { cancelLineage } from './cancel-lineage.ts';
import { createChangeFeed } from './change-feed.ts';
import { createDeskOperations } from './desk-operations.ts';
import { routedOf } from './drafts.ts';
import { expectationViews } from './expectations.ts';
import { createInstanceOperations } from './instance-operations.ts';
import { retentionOf } from './janitor.ts';
import { jobDetail } from './job-detail.ts';
import { jobLogs, jobLogsPage } from './job-logs.ts';
import {
  type InstanceView,
  type Machinery,
  type Operations,
  type RetryingView,
  UNREADY_REASONS,
  type UnreadyReason,
} from './operations.ts';
import type { EngineParts } from './parts.ts';
import { createScheduleOperations } from './schedule-operations.ts';
import { secretViews } from './secrets.ts';
import { createTokenOperations } from './token-operations.ts';
import { trace } from './trace.ts';
import { waitForJob } from './wait.ts';
import { createWebhookOperations } from './webhook-operations.ts';

/** Most clients that read logs of jobs at a time. */
const MAX_LOG_READERS = 100;

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
    const [counts, retrying, breakers, standings] = await Promise.all([
      store.read.counts(clock.now()),
      store.read.retrying(clock.now()),
      store.read.breakers(),
      store.read.standings(),
    ]);
    return [...parts.snapshot().instances.values()].map((instance) => ({
      instance,
      counts: counts.filter((row) => row.instance === instance.name),
      retrying: retryingOf(retrying, instance.name),
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
      const { service, file, version, webhooks, listen } = parts.snapshot();
      const [all, standings] = await Promise.all([instances(), store.read.standings()]);
      return {
        name: service.name,
        running: machinery.running,
        pid: machinery.pid,
        startedAt: machinery.startedAt,
        pausedAt: standings.pausedAt,
        webhooksAt: machinery.webhooksAt(),
        webhooksListen: webhooks.endpoints.length === 0 ? null : listen.webhooks,
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

function retryingOf({ instances, capped }: Retrying, name: string): RetryingView {
  const own = instances.find(({ instance }) => instance === name);
  return { count: own?.count ?? 0, nextAt: own?.nextAt ?? null, capped };
}
