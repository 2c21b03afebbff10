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

/**
 * The breaker after a scheduled job ended for good. While it is not closed, only its probe decides: jobs that were
 * queued before it opened still run, but tell nothing new.
 */
export function afterJob(
  breaker: Breaker,
  { jobId, succeeded, policy, now }: { jobId: string; succeeded: boolean; policy: BreakerPolicy; now: number },
): Breaker {
  if (breaker.state !== 'closed' && breaker.probeJobId !== jobId) return breaker;
  if (succeeded) return CLOSED;
  const failures = breaker.failures + 1;
  if (breaker.state === 'closed' && failures < policy.threshold) return { ...breaker, failures };
  return { state: 'open', failures, openedAt: now, probeJobId: null };
}

/** What a slot meets: free way, the part of the probe, or a reason to skip. */
export function forSlot(breaker: Breaker, policy: BreakerPolicy, now: number): 'run' | 'probe' | 'open' | 'half_open' {
  if (breaker.state === 'closed') return 'run';
  if (breaker.state === 'half_open') return 'half_open';
  return now >= (breaker.openedAt ?? 0) + policy.resetAfterMs ? 'probe' : 'open';
}
