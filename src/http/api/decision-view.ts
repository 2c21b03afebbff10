import type { Decision } from '../../domain/decision.ts';
import type { StoredDecision } from '../../engine/operations.ts';
import { instant } from './instant-view.ts';

/** A decision that was just made. */
export function decisionView(decision: Decision) {
  return {
    code: decision.code,
    text: decision.text,
    at: instant(decision.at),
    job_id: decision.jobId,
    event_id: decision.eventId,
    instance: decision.instance,
    schedule: decision.schedule,
    route: decision.route,
    values: decision.values,
  };
}

/** A recorded decision with its repeats. */
export function storedDecisionView(decision: StoredDecision) {
  return {
    ...decisionView(decision),
    count: decision.count,
    first_at: instant(decision.firstAt),
    last_at: instant(decision.lastAt),
  };
}
