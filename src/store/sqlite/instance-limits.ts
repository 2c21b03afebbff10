/** One start moves the time by this much; the burst is what may be made up for at once (GCRA). */
const STEP = '(i.rate_per_ms * 1.0 / i.rate_count)';

/** True when the rate limit of the instance `i` lets a job start at ?1. A time further ahead than one step was set before the clock was turned back. */
export const RATE_OPEN = `(i.rate_count IS NULL OR i.rate_open_at <= ?1 OR i.rate_open_at > ?1 + ${STEP})`;

/** True when the instance `i`, or the whole gateway, is paused. */
export const PAUSED = '(i.paused_at IS NOT NULL OR EXISTS (SELECT 1 FROM gateway WHERE paused_at IS NOT NULL))';

/** True when the instance `i` is at its cap. */
export const CAPPED = `(i.cap <= (
  SELECT count(*) FROM jobs AS r INDEXED BY jobs_running WHERE r.status = 'running' AND r.instance = i.name))`;
