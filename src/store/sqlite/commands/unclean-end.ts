import type { Connection } from '../connection.ts';

/** Counts what is running, but no attempt twice. */
export const COUNT_RUNNING_JOBS = `
  UPDATE jobs INDEXED BY jobs_running SET unclean_ends = unclean_ends + 1, counted_attempt = attempt
  WHERE status = 'running' AND counted_attempt IS NOT attempt`;

/** A job that only waited had no part in this end; a suspect stays one until it has run alone. */
export const CLEAR_WAITING = `
  UPDATE jobs INDEXED BY jobs_under_watch SET unclean_ends = 0
  WHERE unclean_ends > 0 AND suspect = 0 AND status = 'queued'`;

/** Counts an end of the gateway for the jobs that were running at it; without any it was nobody's doing. */
export function uncleanEnd(db: Connection): null {
  if (db.run(COUNT_RUNNING_JOBS) > 0) db.run(CLEAR_WAITING);
  return null;
}
