import { attemptError } from '../domain/attempt-errors.ts';
import type { Decision, DecisionCode } from '../domain/decision.ts';
import { routeEnd } from '../domain/job-events.ts';
import type { Snapshot } from '../domain/snapshot.ts';
import type { JobSummary } from '../store/port/jobs.ts';
import { type EngineParts, routingContext } from './parts.ts';
import { removeWorkspace } from './workspaces.ts';

/** How many jobs one step looks at. */
const BATCH = 500;

/**
 * Ends every queued job whose instance nobody knows any more, as `service.on_remove` says; `run` is `fail` here, since
 * there is nothing left to run. Resolves to how many.
 */
export async function endStranded(parts: EngineParts): Promise<number> {
  const { store, log } = parts;
  let ended = 0;
  for (;;) {
    const cancels = parts.snapshot().service.onRemove === 'cancel';
    const stranded = await store.read.stranded(BATCH);
    await Promise.all(stranded.map((job) => (cancels ? cancel(parts, job) : fail(parts, job))));
    ended += stranded.length;
    if (stranded.length < BATCH) {
      if (ended === 0) return 0;
      if (cancels) log.warn('queued jobs of instances that are gone were cancelled', { jobs: ended });
      else log.warn('queued jobs of instances that are gone were failed', { jobs: ended });
      return ended;
    }
  }
}

/** Records of every queued job of an instance that it will run on the last snapshot that had it. */
export async function recordKept(parts: EngineParts, instance: string, last: Snapshot): Promise<void> {
  const text = `a reload removed the instance "${instance}"; the job still runs with configuration ${last.version}, unless the gateway restarts first`;
  let cursor: string | null = null;
  do {
    const page = await parts.store.read.jobs({ status: 'queued', instance, since: null }, { limit: BATCH, cursor });
    const decisions = page.items.map((job) => decisionOf(parts, job, { code: 'instance_removed', text }));
    if (decisions.length > 0) await parts.store.commit({ kind: 'record', decisions });
    cursor = page.nextCursor;
  } while (cursor !== null);
}

/** True while a job of the instance is queued or running. */
export async function hasOpenJobs({ store }: Pick<EngineParts, 'store'>, instance: string): Promise<boolean> {
  for (const status of ['queued', 'running'] as const) {
    const { items } = await store.read.jobs({ status, instance, since: null }, { limit: 1, cursor: null });
    if (items.length > 0) return true;
  }
  return false;
}

/** Looks for stranded jobs, one look at a time; asked again meanwhile, it looks once more. */
export function createStrandedWatch(parts: EngineParts) {
  let again = false;
  let looking: Promise<void> | null = null;
  let expecting = false;
  let closed = false;

  async function looks(): Promise<void> {
    try {
      while (again && !closed) {
        again = false;
        await endStranded(parts);
      }
    } catch (error) {
      // The next job that such an instance gets, or the next start, looks again.
      parts.log.warn('jobs of instances that are gone could not be ended', {
        error: error instanceof Error ? error.message : error,
      });
    }
  }

  function look(): Promise<void> {
    again = true;
    looking ??= looks().finally(() => {
      looking = null;
    });
    return looking;
  }

  /** A job that was on its way when its instance went is nobody's. */
  function hear(): void {
    if (expecting && !closed) void look();
  }

  const forget = parts.bus.subscribe(hear);
  return {
    look,
    hear,
    /** Whether there are instances that a reload removed. */
    expect(any: boolean): void {
      expecting = any;
    },
    async stop(): Promise<void> {
      closed = true;
      forget();
      await looking;
    },
  };
}

async function fail(parts: EngineParts, job: JobSummary): Promise<void> {
  const { store, clock, newId, bus } = parts;
  const message = `the instance "${job.instance}" is not configured any more`;
  const text = `${message}; configure it again and retry the job`;
  const error = attemptError('plugin_missing', message);
  const at = clock.now();
  const context = routingContext(parts.snapshot());
  const routed = routeEnd({ job, context, now: at, newId }, { status: 'failed', error });
  const decision = decisionOf(parts, job, { code: 'plugin_missing', text });
  const { kind } = await store.commit({ kind: 'fail_queued', jobId: job.id, error, at, decision, routed });
  if (kind === 'failed') bus.publish({ ...job, jobId: job.id, status: 'failed' });
}

async function cancel(parts: EngineParts, job: JobSummary): Promise<void> {
  const { store, clock, newId, bus } = parts;
  const text = `the instance "${job.instance}" is not configured any more, and service.on_remove is cancel`;
  const at = clock.now();
  const context = routingContext(parts.snapshot());
  const error = attemptError('cancelled', text);
  const routed = routeEnd({ job, context, now: at, newId }, { status: 'cancelled', error });
  const decision = decisionOf(parts, job, { code: 'instance_removed', text });
  const { kind, lineageDone } = await store.commit({ kind: 'cancel', jobId: job.id, at, routed, decision });
  if (kind !== 'cancelled') return;
  bus.publish({ ...job, jobId: job.id, status: 'cancelled' });
  if (lineageDone) removeWorkspace(parts, job.rootJobId);
}

function decisionOf(
  { clock }: Pick<EngineParts, 'clock'>,
  job: JobSummary,
  { code, text }: { readonly code: DecisionCode; readonly text: string },
): Decision {
  const { id: jobId, instance } = job;
  const nothing = { eventId: null, schedule: null, route: null, values: null, collapseKey: null };
  return { code, at: clock.now(), text, jobId, instance, ...nothing };
}
