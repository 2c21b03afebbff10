import type { Breaker } from './breaker.ts';
import { formatInstant } from './instant.ts';
import type { Job } from './job.ts';
import type { JsonObject } from './json.ts';

/** What a slot saw that is skipped since something is paused: what, and since when. */
export function pausedValues(paused: 'schedule' | 'instance' | 'gateway', since: number): JsonObject {
  return { paused, since: formatInstant(since) };
}

/** What a slot saw that a circuit breaker skips. */
export function breakerValues({ failures, openedAt, probeJobId }: Breaker): JsonObject {
  return {
    failures,
    opened_at: openedAt === null ? null : formatInstant(openedAt),
    probe_job_id: probeJobId,
  };
}

/** What a slot saw that the run before it skips. */
export function overlapValues({ id, status, startedAt }: Pick<Job, 'id' | 'status' | 'startedAt'>): JsonObject {
  return { job_id: id, status, started_at: startedAt === null ? null : formatInstant(startedAt) };
}
