import { OperatorError } from '../domain/errors.ts';
import type { Json } from '../domain/json.ts';
import type { DeliveryWork } from '../domain/webhook/delivery.ts';
import type { Endpoint } from '../domain/webhook/endpoint.ts';
import { draftOf, routedOf } from './drafts.ts';
import type { EngineParts } from './parts.ts';

/** What a delivery holds, read as its endpoint says. */
export interface Contents {
  /** All that were sent, or all that are kept of them; names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, string>>;
  readonly body: Json;
}

/** The job and the event that an endpoint makes of a delivery, whatever its mode; throws what is wrong with the contents. */
export function workOf(parts: EngineParts, endpoint: Endpoint, contents: Contents): DeliveryWork {
  const { name, to, emit } = endpoint;
  const by = `webhook:${name}`;
  // It was bounded when it came, by `max_body`; as JSON it takes six times as many bytes at most.
  const payloadBytes = Number.POSITIVE_INFINITY;
  return {
    draft:
      to === null
        ? null
        : draftOf(parts, {
            ...to,
            payload: contents.body,
            submittedBy: by,
            priority: endpoint.priority,
            maxAttempts: endpoint.maxAttempts ?? undefined,
            timeoutMs: endpoint.timeoutMs,
            payloadBytes,
          }),
    routed:
      emit === null
        ? null
        : routedOf(parts, { type: typeOf(emit(contents)), payload: contents.body, source: by, payloadBytes }),
  };
}

function typeOf(computed: ReturnType<NonNullable<Endpoint['emit']>>): string {
  if ('type' in computed) return computed.type;
  throw new OperatorError('invalid_event_type', computed.error);
}
