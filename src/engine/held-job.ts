import type { Job } from '../domain/job.ts';
import type { Held } from '../store/port/claims.ts';
import type { Standings } from '../store/port/instances.ts';

/** What holds a job that is due whether or not anybody dispatches: a pause, or that its instance is unhealthy; null: neither. */
export function heldForLong(
  job: Job,
  { standings, now }: { readonly standings: Standings; readonly now: number },
): Held | null {
  if (job.status !== 'queued' || job.runAt > now) return null;
  const standing = standings.instances.find(({ instance }) => instance === job.instance);
  if (standing === undefined) return null;
  const { pausedAt, unhealthyAt, initJobId } = standing;
  if ((standings.pausedAt ?? pausedAt) !== null) return { instance: job.instance, reason: 'paused', until: null };
  if (unhealthyAt === null || job.id === initJobId) return null;
  return { instance: job.instance, reason: 'unhealthy', until: null };
}

/** What holds a job that is due, by what held the instances at the dispatcher's last look; null: nothing does. */
export function heldJob(
  job: Job,
  { held, now }: { readonly held: readonly Held[]; readonly now: number },
): Held | null {
  if (job.status !== 'queued' || job.runAt > now) return null;
  const found = held.find(({ instance }) => instance === job.instance) ?? null;
  // Those that outlive the gateway were looked up in the store.
  if (found?.reason === 'paused' || found?.reason === 'unhealthy') return null;
  const byLimit = found?.reason === 'cap' || found?.reason === 'rate';
  if (job.suspect && !byLimit) return { instance: job.instance, reason: 'suspect_waits', until: null };
  // Then only the suspects of the instance wait.
  return found?.reason === 'suspect_waits' && !job.suspect ? null : found;
}
