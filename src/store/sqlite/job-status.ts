import { type JobStatus, type Transition, transition } from '../../domain/job.ts';

/** Failed, dead or cancelled, word for word as the indexes of such jobs say it: the planner does not conclude it from one status. */
export const ENDED_BADLY = "completed_at IS NOT NULL AND status <> 'succeeded'";

/** The status that `by` leads to from `from`; throws when the table of transitions does not allow it, which is a bug of the caller. */
export function moved(from: JobStatus, by: Transition): JobStatus {
  const to = transition(from, by);
  if (to === null) throw new Error(`a ${from} job cannot ${by}`);
  return to;
}
