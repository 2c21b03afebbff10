import { OperatorError } from '../domain/errors.ts';
import { type Instance, timeoutFor } from '../domain/instance.ts';
import { isTerminal, type Job, type JobError } from '../domain/job.ts';
import type { Json } from '../domain/json.ts';
import { rootDraft } from '../domain/root-draft.ts';
import { cancelJob } from './cancel.ts';
import type { Enqueue } from './enqueue.ts';
import type { EngineParts } from './parts.ts';
import { waitForJob } from './wait.ts';

/** What a `health` command is submitted by. */
const HEALTH_SUBMITTER = 'core:health';

/** Before everything else that waits. */
const HEALTH_PRIORITY = 100;

/** How much longer than its time limit a check may take, in milliseconds: TERM, 5 s, KILL, and the commit of its end. */
const ENDING_MS = 7_000;

/** What a check needs of the running machinery. */
export interface Asking {
  readonly enqueue: Pick<Enqueue, 'checkOpen'>;
  readonly running: boolean;
  readonly stopping: AbortSignal;
  readonly endAttempt: (jobId: string) => boolean;
  readonly wake: () => void;
}

/** What a health check found. */
export interface HealthReport {
  readonly instance: string;
  /** `none`: the plugin declares no `health`. `not_run`: it was not asked, `reason` says why. */
  readonly health: 'ok' | 'failed' | 'none' | 'not_run';
  readonly reason: string | null;
  readonly jobId: string | null;
  readonly error: JobError | null;
  readonly result: Json;
}

/**
 * Runs `health` once as an ordinary job, so that a token it refreshes is kept, and waits for its end. It only reports:
 * it is not tried again and causes no event about its end.
 */
export async function checkHealth(parts: EngineParts, machinery: Asking, instance: Instance): Promise<HealthReport> {
  const { store, clock } = parts;
  const { name } = instance;
  const report = { instance: name, reason: null, jobId: null, error: null, result: null };
  if (!instance.manifest.commands.has('health')) return { ...report, health: 'none' };
  const notRun = (reason: string): HealthReport => ({ ...report, health: 'not_run', reason });
  if (!instance.enabled) return notRun('the instance is disabled');
  if (!machinery.running)
    throw new OperatorError('gateway_unreachable', 'no gateway is running that could ask plugins');
  machinery.enqueue.checkOpen();
  const { pausedAt, instances } = await store.read.standings();
  const standing = instances.find((one) => one.instance === name);
  if ((pausedAt ?? standing?.pausedAt ?? null) !== null) return notRun('paused');
  if ((standing?.unhealthyAt ?? null) !== null) return notRun('its init has not succeeded');
  const { service, version } = parts.snapshot();
  const draft = rootDraft({
    id: parts.newId(),
    instance,
    command: 'health',
    payload: {},
    submittedBy: HEALTH_SUBMITTER,
    dedupeWindowMs: service.dedupeWindowMs,
    configVersion: version,
    now: clock.now(),
    priority: HEALTH_PRIORITY,
    maxAttempts: 1,
  });
  await store.commit({ kind: 'enqueue', drafts: [{ ...draft, fromCore: true }] });
  machinery.wake();
  const timeoutMs = timeoutFor(instance, 'health', null) + ENDING_MS;
  let job = await waitForJob(parts, { jobId: draft.id, timeoutMs, signal: machinery.stopping });
  if (job?.status === 'queued') {
    job = await cancelled(parts, machinery, draft.id);
    if (job?.status === 'cancelled') return notRun('no slot became free for it in time');
  }
  const asked = { ...report, jobId: draft.id };
  if (job === null || !isTerminal(job.status)) return { ...asked, health: 'failed', reason: 'it has not ended' };
  if (job.status === 'succeeded') return { ...asked, health: 'ok', result: job.result };
  return { ...asked, health: 'failed', error: job.lastError };
}

/** The job once it is cancelled, or as it ended just before. */
async function cancelled(parts: EngineParts, machinery: Asking, jobId: string): Promise<Job | null> {
  try {
    return await cancelJob(parts, machinery, jobId);
  } catch (error) {
    if (error instanceof OperatorError && error.code === 'already_terminal') return parts.store.read.job(jobId);
    throw error;
  }
}
