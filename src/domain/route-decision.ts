import type { Decision, DecisionCode } from './decision.ts';
import type { Event } from './event.ts';
import type { Job } from './job.ts';
import type { Json, JsonObject } from './json.ts';

/** What a decision is about. */
interface Routed {
  readonly event: Event;
  readonly emitter: Pick<Job, 'id'> | null;
  readonly now: number;
}

/** Why a route was or was not taken. */
export interface Reason {
  readonly code: DecisionCode;
  /** What follows the name of the route. */
  readonly text: string;
  readonly values: Json;
  readonly instance?: string;
}

/** An expression of the route that has no value. */
export function failed(failure: { part: string; what: string; message: string; inputs?: JsonObject }): Reason {
  const { part, what, message, inputs } = failure;
  const advice = message.includes(' has no key ') ? '; ask with has() first, or mend the event' : '';
  const text = `its ${what} could not be evaluated: ${message}${advice}`;
  return { code: 'route_condition_error', text, values: { part, message, ...(inputs && { inputs }) } };
}

/** A target that is disabled or not configured at all. */
export function disabled(name: string, configured: boolean): Reason {
  const why = !configured ? 'is not configured' : `is disabled; set plugins.${name}.enabled to true`;
  return {
    code: 'route_target_disabled',
    text: `its target ${name} ${why}`,
    values: { instance: name },
    instance: name,
  };
}

/** A payload larger than the `most` bytes that the target takes. */
export function tooLarge(instance: string, bytes: number, most: number): Reason {
  const advice = 'pass on less of it with `with`, or put large data into the workspace and its path into the event';
  return {
    code: 'route_payload_too_large',
    text: `the payload is ${bytes} bytes and ${instance} takes ${most} (limits.job_payload); ${advice}`,
    values: { bytes, limit: most },
    instance,
  };
}

/** The decision of a route on an event. */
export function decide({ event, emitter, now }: Routed, route: string, reason: Reason): Decision {
  const verb = reason.code === 'route_taken' ? 'was taken' : 'was not taken';
  return {
    code: reason.code,
    at: now,
    text: `Route ${route} ${verb}: ${reason.text}.`,
    jobId: emitter?.id ?? null,
    eventId: event.id,
    instance: reason.instance ?? null,
    schedule: null,
    route: route,
    values: reason.values,
    collapseKey: null,
  };
}

/** The decision on an event that no route asks for. */
export function unrouted({ event, emitter, now }: Routed): Decision {
  return {
    code: 'event_unrouted',
    at: now,
    text: `No route asks for ${event.type} from ${event.source}; a route with event_type: ${event.type} would take it.`,
    jobId: emitter?.id ?? null,
    eventId: event.id,
    instance: null,
    schedule: null,
    route: null,
    values: { type: event.type, source: event.source },
    collapseKey: `event_unrouted ${event.type} ${event.source}`,
  };
}
