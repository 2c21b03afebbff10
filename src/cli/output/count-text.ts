import type { JobStatus } from '../../domain/job.ts';

/** Jobs by status, as the API counts them; `capped` names the numbers that are lower bounds. */
type Counts = Readonly<Record<JobStatus, number>> & { readonly capped?: readonly JobStatus[] };

/** How many jobs have one of the statuses, as text: `7`, or `100000+` where there may be more. */
export function countText(counts: Counts, ...statuses: readonly JobStatus[]): string {
  const sum = statuses.reduce((total, status) => total + counts[status], 0);
  return statuses.some((status) => counts.capped?.includes(status)) ? `${sum}+` : String(sum);
}
