import type { Decision, DecisionCode } from '../../domain/decision.ts';

/** A stored decision with its repeats. */
export interface StoredDecision extends Decision {
  readonly count: number;
  readonly firstAt: number;
  readonly lastAt: number;
}

/** Which decisions a list shows; all given fields must match, null and missing ones match anything. */
export interface DecisionFilter {
  readonly jobId?: string | null;
  readonly eventId?: string | null;
  readonly instance?: string | null;
  readonly route?: string | null;
  /** `<instance>/<schedule>`. */
  readonly schedule?: string | null;
  readonly collapseKey?: string | null;
  readonly code?: DecisionCode | null;
  /** Made, or repeated, at or after. */
  readonly since?: number | null;
}
