import { type JobStatus, type Transition, transition } from '../../domain/job.ts';

/** The status that `by` leads to from `from`; throws when the table of transitions does not allow it, which is a bug of the caller. */
export function moved(from: JobStatus, by: Transition): JobStatus {
  const to = transition(from, by);
  if (to === null) throw new Error(`a ${from} job cannot ${by}`);
  return to;
}
