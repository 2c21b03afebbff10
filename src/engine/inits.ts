import { attemptError } from '../domain/attempt-errors.ts';
import type { Instance } from '../domain/instance.ts';
import { healthDecision, INIT_RETRY_MS, INIT_SUBMITTER } from '../domain/instance-health.ts';
import { isTerminal } from '../domain/job.ts';
import { routeEnd } from '../domain/job-events.ts';
import { rootDraft } from '../domain/root-draft.ts';
import type { Standing, Standings } from '../store/port/instances.ts';
import type { JobSummary } from '../store/port/jobs.ts';
import { type EngineParts, routingContext } from './parts.ts';

/** How many held jobs one commit after the other fails before it looks again. */
const BATCH = 500;
/** Bounds of the time between two looks at jobs that were held for long, in milliseconds; between them, a 24th of `service.max_hold`. */
const HOLD_LOOK_MS = { least: 1_000, most: 3_600_000 };

/** Makes the jobs that run `init`, and fails jobs that waited for one for too long. */
export interface Inits {
  /**
   * Runs init now wherever it has not succeeded, or for the one instance that is named: after a start, a reload or a
   * reset; one that is at work runs once more, unless it succeeds. By itself it is tried again an hour after its last attempt.
   * One that is `dead` with `poison` runs again only for a changed configuration, or by name.
   */
  look(instance?: string): Promise<void>;
  stop(): Promise<void>;
}

/** Whose init runs now although an hour has not passed. */
type Asked = 'nobody' | 'all' | { readonly instance: string };

function concerns(asked: Asked, instance: string): boolean {
  return asked === 'all' || (typeof asked === 'object' && asked.instance === instance);
}

/** Inits over a store; `wake` is called when a job has become due. Nothing happens before the first look. */
export function createInits(parts: EngineParts, wake: () => void): Inits {
  const { store, clock, log, bus } = parts;
  let stopped = false;
  let cancelTimer: () => void = () => {};
  let looking: Promise<void> = Promise.resolve();
  let unsubscribe: (() => void) | null = null;
  /** Instances whose init was asked for while one ran, which may have begun before what it complains of was mended. */
  const again = new Map<string, Asked>();

  /** One look after the other; an error brings another look. */
  function lookNext(asked: Asked): Promise<void> {
    looking = looking
      .then(() => (stopped ? undefined : examine(asked)))
      .catch((error: unknown) => {
        const why = error instanceof Error ? error.message : error;
        log.warn('the inits of instances could not be looked after; trying again soon', { error: why });
        arm(clock.now() + HOLD_LOOK_MS.least);
      });
    return looking;
  }

  function arm(at: number): void {
    cancelTimer();
    if (!stopped) cancelTimer = clock.at(at, () => void lookNext('nobody'));
  }

  async function examine(asked: Asked): Promise<void> {
    const standings = await store.read.standings();
    let next = Number.POSITIVE_INFINITY;
    for (const standing of standings.instances) {
      const instance = parts.snapshot().instances.get(standing.instance);
      if (standing.unhealthyAt === null || instance === undefined || !instance.enabled) {
        again.delete(standing.instance);
        continue;
      }
      const wanted = concerns(asked, instance.name) ? asked : (again.get(instance.name) ?? 'nobody');
      next = Math.min(next, await begin(standing, instance, wanted), await release(standing, standings));
    }
    if (next < Number.POSITIVE_INFINITY) arm(next);
    else cancelTimer();
  }

  /** Makes the job of an init that is due; resolves to when to look again. */
  async function begin(standing: Standing, instance: Instance, asked: Asked): Promise<number> {
    const { initHash } = instance;
    const byName = typeof asked === 'object';
    const atOnce = concerns(asked, instance.name);
    if (initHash === null) return Number.POSITIVE_INFINITY;
    const job = standing.initJobId === null ? null : await store.read.job(standing.initJobId);
    const now = clock.now();
    if (job !== null && !isTerminal(job.status)) {
      if (job.status === 'running') {
        if (atOnce) again.set(instance.name, asked);
      } else {
        again.delete(instance.name);
        if (atOnce && job.runAt > now) {
          await store.commit({ kind: 'retry', jobId: job.id, at: now });
          wake();
        }
      }
      // The end of its attempt brings a look of its own.
      return Number.POSITIVE_INFINITY;
    }
    again.delete(instance.name);
    const changed = standing.initTried !== initHash;
    // It ended the gateway, and would again at every start.
    if (job?.lastError?.code === 'poison' && !changed && !byName) return Number.POSITIVE_INFINITY;
    // One that succeeded ran with a configuration that is not in force any more.
    const due = job === null || changed || job.status === 'succeeded' ? now : (job.completedAt ?? now) + INIT_RETRY_MS;
    if (!atOnce && due > now) return due;
    const { service, version } = parts.snapshot();
    const draft = rootDraft({
      id: parts.newId(),
      instance,
      command: 'init',
      payload: {},
      submittedBy: INIT_SUBMITTER,
      dedupeWindowMs: service.dedupeWindowMs,
      configVersion: version,
      now,
    });
    const why = standing.initTried === null ? 'it is new' : changed ? 'it changed' : 'init did not succeed before';
    const text = `init of ${instance.name} is to run, because ${why}; its jobs wait until that has succeeded`;
    const decision = healthDecision('instance_unhealthy', { at: now, text, instance: instance.name, jobId: draft.id });
    const { kind } = await store.commit({ kind: 'begin_init', draft, hash: initHash, decision });
    if (kind === 'begun') wake();
    return Number.POSITIVE_INFINITY;
  }

  /** Fails the jobs that an unhealthy instance held for too long; resolves to when to look again. A pause is no hold. */
  async function release(standing: Standing, { pausedAt }: Standings): Promise<number> {
    const { instance, unhealthyAt } = standing;
    if (unhealthyAt === null) return Number.POSITIVE_INFINITY;
    const { maxHoldMs } = parts.snapshot().service;
    const now = clock.now();
    const later = now + Math.min(Math.max(Math.floor(maxHoldMs / 24), HOLD_LOOK_MS.least), HOLD_LOOK_MS.most);
    if ((pausedAt ?? standing.pausedAt) !== null) return later;
    if (unhealthyAt + maxHoldMs > now) return unhealthyAt + maxHoldMs;
    for (let batch = BATCH; batch === BATCH && !stopped; ) {
      const overdue = await store.read.overdue(instance, now - maxHoldMs, BATCH);
      await Promise.all(overdue.map((job) => fail(job)));
      batch = overdue.length;
      if (batch > 0) log.warn('jobs waited too long for the init of their instance', { instance, jobs: batch });
    }
    return later;
  }

  async function fail(job: JobSummary): Promise<void> {
    const message = `the init of "${job.instance}" had not succeeded for service.max_hold`;
    const error = attemptError('instance_unhealthy', message);
    const at = clock.now();
    const about = { at, instance: job.instance, jobId: job.id };
    const text = `${message}; mend the instance (\`ductile instance show ${job.instance}\`), then retry the job`;
    const decision = { ...healthDecision('instance_unhealthy', { ...about, text }), collapseKey: null };
    const context = routingContext(parts.snapshot());
    const routed = routeEnd({ job, context, now: at, newId: parts.newId }, { status: 'failed', error });
    const { kind } = await store.commit({ kind: 'fail_queued', jobId: job.id, error, at, decision, routed });
    if (kind === 'failed') bus.publish({ ...job, jobId: job.id, status: 'failed' });
  }

  return {
    async look(instance) {
      unsubscribe ??= bus.subscribe(({ command, status }) => {
        if (command === 'init' && status !== 'running') void lookNext('nobody');
      });
      await lookNext(instance === undefined ? 'all' : { instance });
    },
    async stop() {
      stopped = true;
      unsubscribe?.();
      cancelTimer();
      await looking;
    },
  };
}
