import type { Decision } from '../domain/decision.ts';
import type { Log } from '../platform/log.ts';

/** Says in the log what an operator should hear of: routes that could not be evaluated, and events that lead nowhere. */
export function logDecisions(log: Log, decisions: readonly Decision[]): void {
  for (const { code, text, route, eventId } of decisions) {
    const about = { event_id: eventId, ...(route === null ? {} : { route }) };
    if (code === 'route_condition_error' || code === 'route_max_depth') log.warn(text, about);
    else if (code === 'event_unrouted') log.debug(text, about);
  }
}
