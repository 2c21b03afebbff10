import { isJsonObject, type Json, type JsonObject } from '../../domain/json.ts';
import type { Endpoint } from '../../domain/webhook/endpoint.ts';

/** What a made-up delivery is called, and when it is signed, in epoch milliseconds. */
export interface Delivered {
  readonly id: string;
  readonly at: number;
}

/** A small body that the endpoint can read, with the id and the timestamp where its scheme looks for them. */
export function sampleBody(endpoint: Pick<Endpoint, 'body' | 'verify'>, delivered: Delivered): Uint8Array {
  switch (endpoint.body) {
    case 'json':
      return jsonBytes({ test: 'ductile', delivery: delivered.id, ...ownFields(endpoint.verify.scheme, delivered) });
    case 'form':
      return Buffer.from(new URLSearchParams({ test: 'ductile', delivery: delivered.id }).toString());
    case 'raw':
      return Buffer.from(`test of ductile, delivery ${delivered.id}\n`);
    default:
      return endpoint.body satisfies never;
  }
}

/** A body with the id and the timestamp in the fields where the scheme looks for them; as it is where that has no such fields. */
export function renewedBody(scheme: string, body: Uint8Array, delivered: Delivered): Uint8Array {
  const fields = ownFields(scheme, delivered);
  if (Object.keys(fields).length === 0) return body;
  try {
    const value: Json = JSON.parse(Buffer.from(body).toString('utf8'));
    return isJsonObject(value) ? jsonBytes({ ...value, ...fields }) : body;
  } catch {
    return body;
  }
}

function jsonBytes(value: JsonObject): Uint8Array {
  return Buffer.from(JSON.stringify(value));
}

function ownFields(scheme: string, { id, at }: Delivered): JsonObject {
  switch (scheme) {
    case 'linear':
      return { webhookTimestamp: at };
    case 'stripe':
      return { id, object: 'event' };
    case 'slack':
      return { type: 'event_callback', event_id: id };
    case 'telegram':
      return { update_id: /^\d{1,15}$/.test(id) ? Number(id) : id };
    default:
      return {};
  }
}
