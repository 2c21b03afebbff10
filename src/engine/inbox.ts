import type { Delivery } from '../domain/webhook/delivery.ts';
import type { Endpoint } from '../domain/webhook/endpoint.ts';
import { fingerprintOf } from '../domain/webhook/fingerprint.ts';
import type { DeliveryResult } from '../store/port/deliveries.ts';
import { type Contents, workOf } from './delivery-work.ts';
import type { Enqueue } from './enqueue.ts';
import type { EngineParts } from './parts.ts';

/** A request whose sender is who it says. */
export interface Received extends Contents {
  readonly endpoint: Endpoint;
  /** Address of the client. */
  readonly remote: string;
  /** What the scheme says the sender calls it, and what kind of event it is. */
  readonly senderId: string | null;
  readonly event: string | null;
  readonly contentType: string | null;
  /** Exactly as it came; `body` is the same, read. */
  readonly raw: Uint8Array;
}

const MAX_ID_LENGTH = 200;

/** Takes a verified delivery in: stored with what it becomes before anybody is told. Throws OperatorError for what cannot be taken. */
export function receive(
  parts: EngineParts,
  enqueue: Pick<Enqueue, 'deliver'>,
  received: Received,
): Promise<DeliveryResult> {
  const { endpoint } = received;
  // Contents that cannot become what they should are refused also while they are only observed.
  const work = workOf(parts, endpoint, received);
  return enqueue.deliver(
    deliveryOf(parts, received),
    endpoint.mode === 'observe' ? { draft: null, routed: null } : work,
  );
}

function deliveryOf(parts: EngineParts, received: Received): Delivery {
  const { endpoint, remote, headers, query, contentType, raw } = received;
  return {
    id: parts.newId(),
    endpoint: endpoint.name,
    receivedAt: parts.clock.now(),
    remote,
    ...signsOf(received),
    headers: picked(headers, endpoint.verify.telling, endpoint.headers),
    query: picked(query, endpoint.query),
    contentType,
    format: endpoint.body,
    passesBody: endpoint.raw || endpoint.body === 'raw',
    body: raw,
  };
}

/** By what a repeat of it is known. */
function signsOf({
  endpoint: { dedupe, verify },
  senderId,
  event,
  headers,
  raw,
}: Received): Pick<Delivery, 'senderId' | 'fingerprint' | 'dedupe'> {
  switch (dedupe.kind) {
    case 'off':
      return { senderId, fingerprint: null, dedupe: false };
    case 'header': {
      const id = headers[dedupe.header] ?? '';
      return { senderId: id !== '' && id.length <= MAX_ID_LENGTH ? id : null, fingerprint: null, dedupe: true };
    }
    case 'scheme':
      return {
        senderId,
        fingerprint: verify.repeats === 'id_or_body' ? fingerprintOf({ event, body: raw }) : null,
        dedupe: verify.repeats !== 'nothing',
      };
    default:
      return dedupe satisfies never;
  }
}

function picked(
  values: Readonly<Record<string, string>>,
  ...lists: readonly (readonly string[])[]
): Readonly<Record<string, string>> {
  // Without a prototype: a parameter may be called `__proto__`.
  const found: Record<string, string> = Object.create(null);
  for (const names of lists) {
    for (const name of names) {
      const value = values[name];
      if (value !== undefined) found[name] = value;
    }
  }
  return found;
}
