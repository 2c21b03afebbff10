import type { BreakerPolicy } from './instance.ts';

/** The circuit breaker of one (instance, command). */
export interface Breaker {
  readonly state: 'closed' | 'open' | 'half_open';
  /** Scheduled jobs in a row that ended failed or dead. */
  readonly failures: number;
  readonly openedAt: number | null;
  /** The one job let through while half open. */
  readonly probeJobId: string | null;
}

/** A breaker that has seen nothing yet. */
export const CLOSED: Breaker = { state: 'closed', failures: 0, openedAt: null, probeJobId: null };

/** The breaker after a scheduled job ended for good at `now`. */
export function afterJob(breaker: Breaker, succeeded: boolean, policy: BreakerPolicy, now: number): Breaker {
  if (succeeded) return CLOSED;
  const failures = breaker.failures + 1;
  const opens = breaker.state === 'half_open' || failures >= policy.threshold;
  if (!opens) return { ...breaker, failures };
  return { state: 'open', failures, openedAt: breaker.state === 'open' ? breaker.openedAt : now, probeJobId: null };
}

/** What a slot meets: free way, the part of the probe, or a reason to skip. */
export function forSlot(breaker: Breaker, policy: BreakerPolicy, now: number): 'run' | 'probe' | 'open' | 'half_open' {
  if (breaker.state === 'closed') return 'run';
  if (breaker.state === 'half_open') return 'half_open';
  return now >= (breaker.openedAt ?? 0) + policy.resetAfterMs ? 'probe' : 'open';
}
