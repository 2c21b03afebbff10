import type { Meter } from './condition-run.ts';
import type { Decision } from './decision.ts';
import { isTerminal, type Job, type JobError, type JobStatus } from './job.ts';
import { type JobEventsInput, routeHealth } from './job-events.ts';
import type { Settlement } from './settlement.ts';

/** What the jobs that the core makes to run `init` are marked with. */
export const INIT_SUBMITTER = 'core:init';

/** How long after the last attempt of an `init` it is tried again, in milliseconds. */
export const INIT_RETRY_MS = 3_600_000;

/** What the end of a job says about the health of its instance: only the core's `init` does. */
export function healthOf(
  input: JobEventsInput & { readonly job: Job; readonly initHash: string | null },
  { status, error }: { readonly status: JobStatus; readonly error: JobError | null },
  meter: Meter,
): Settlement['health'] {
  const { job, initHash, now } = input;
  if (job.submittedBy !== INIT_SUBMITTER || initHash === null || !isTerminal(status)) return null;
  const healthy = status === 'succeeded';
  const text = healthy
    ? `init of ${job.instance} succeeded; its jobs run`
    : `init of ${job.instance} ended ${status} (${error?.code ?? 'unknown'}); its jobs wait, and init is tried again within the hour`;
  return {
    initHash: healthy ? initHash : null,
    decision: healthDecision(healthy ? 'instance_healthy' : 'instance_unhealthy', {
      at: now,
      text,
      instance: job.instance,
      jobId: job.id,
    }),
    routed: routeHealth(input, { healthy, error }, meter),
  };
}

/** The record of how an instance is; repeats of one kind are counted. */
export function healthDecision(
  code: 'instance_unhealthy' | 'instance_healthy',
  about: { readonly at: number; readonly text: string; readonly instance: string; readonly jobId: string },
): Decision {
  return {
    ...about,
    code,
    eventId: null,
    schedule: null,
    route: null,
    values: null,
    collapseKey: `${code}:${about.instance}`,
  };
}
