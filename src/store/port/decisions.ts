import type { Decision } from '../../domain/decision.ts';

/** A stored decision with its repeats. */
export interface StoredDecision extends Decision {
  readonly count: number;
  readonly firstAt: number;
  readonly lastAt: number;
}

/** Which decisions a list shows; all given fields must match. */
export interface DecisionFilter {
  readonly jobId?: string;
  readonly eventId?: string;
  readonly instance?: string;
  readonly route?: string;
  readonly schedule?: string;
  readonly collapseKey?: string;
}
