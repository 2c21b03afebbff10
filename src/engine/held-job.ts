import type { Job } from '../domain/job.ts';
import type { Held } from '../store/port.ts';

/** What holds a job that is due, by what held the instances at the dispatcher's last look; null: nothing does. */
export function heldJob(
  job: Job,
  { held, now }: { readonly held: readonly Held[]; readonly now: number },
): Held | null {
  if (job.status !== 'queued' || job.runAt > now) return null;
  const found = held.find(({ instance }) => instance === job.instance) ?? null;
  const byLimit = found?.reason === 'cap' || found?.reason === 'rate';
  if (job.suspect && !byLimit) return { instance: job.instance, reason: 'suspect_waits', until: null };
  // Then only the suspects of the instance wait.
  return found?.reason === 'suspect_waits' && !job.suspect ? null : found;
}
