import type { Decision } from '../../domain/decision.ts';
import type { Event } from '../../domain/event.ts';
import { isJsonObject, type Json } from '../../domain/json.ts';
import type { Redactor } from '../../domain/redact.ts';
import type { EventDetail } from '../../engine/operations.ts';
import { storedDecisionView } from './decision-view.ts';
import { instant } from './instant-view.ts';

/** An event with its payload (masked). */
export function eventView(event: Event, redactor: Redactor) {
  return eventFields(event, redactor.json(event.payload));
}

/** An event with a payload that is masked already. */
export function eventFields(event: Event, payload: Json) {
  return {
    event_id: event.id,
    type: event.type,
    source: event.source,
    occurred_at: instant(event.occurredAt),
    created_at: instant(event.createdAt),
    dedupe_key: event.dedupeKey,
    job_id: event.jobId,
    attempt: event.attempt,
    root_job_id: event.rootJobId,
    depth: event.depth,
    payload,
  };
}

/** An event with the decision of every route that looked at it, in the order they were made. */
export function eventDetailView(detail: EventDetail, redactor: Redactor) {
  const decisions = detail.decisions.toReversed();
  return {
    ...eventView(detail.event, redactor),
    jobs: decisions.flatMap(jobsOf),
    decisions: decisions.map(storedDecisionView),
  };
}

/** Ids of the jobs that a `route_taken` decision made. */
function jobsOf(decision: Decision): readonly string[] {
  if (decision.code !== 'route_taken' || !isJsonObject(decision.values)) return [];
  const ids = decision.values.jobs;
  return Array.isArray(ids) ? ids.filter((id): id is string => typeof id === 'string') : [];
}
