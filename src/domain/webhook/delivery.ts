import type { JobDraft } from '../job.ts';
import type { JsonObject } from '../json.ts';
import type { RoutedEvent } from '../settlement.ts';
import type { BodyFormat } from './endpoint.ts';

/** A delivery that was verified, as it is kept in the inbox. */
export interface Delivery {
  /** UUIDv7, given by the gateway. */
  readonly id: string;
  /** Name of the endpoint. */
  readonly endpoint: string;
  readonly receivedAt: number;
  /** Address of the client, as far as proxies are trusted. */
  readonly remote: string;
  /** The id that its sender gave it; null: none, or it does not count. */
  readonly senderId: string | null;
  /** SHA-256 over the event header and the body, in hexadecimal digits, where the sender does not sign the id; else null. */
  readonly fingerprint: string | null;
  /** False: whatever it holds, it is no repeat of another. */
  readonly dedupe: boolean;
  /** Headers and query that the endpoint selects, names in lower case, and those of the scheme without signatures. */
  readonly headers: JsonObject;
  readonly query: JsonObject;
  /** Null: none was sent. */
  readonly contentType: string | null;
  readonly format: BodyFormat;
  /** True: the plugin is passed the raw body. */
  readonly passesBody: boolean;
  /** Exactly as it came. */
  readonly body: Uint8Array;
}

/** What a delivery is turned into, in the same commit; both null where it is only observed. */
export interface DeliveryWork {
  readonly draft: JobDraft | null;
  readonly routed: RoutedEvent | null;
}

/** Requests of one kind that an endpoint refused, counted together. */
export interface Rejection {
  readonly endpoint: string;
  readonly reason: RejectionReason;
  /** Address of the client; null: of several, when there were too many to tell apart. */
  readonly remote: string | null;
  readonly count: number;
  readonly firstAt: number;
  readonly lastAt: number;
}

/** Why a request was refused; what a sender is told is less. */
export type RejectionReason =
  | 'method'
  | 'encoding'
  | 'content_type'
  | 'too_large'
  | 'address_limit'
  | 'address_refused'
  | 'too_slow'
  | 'duplicate_header'
  | 'signature_missing'
  | 'signature_malformed'
  | 'signature_wrong'
  | 'timestamp_missing'
  | 'timestamp_malformed'
  | 'timestamp_stale'
  | 'credentials_missing'
  | 'credentials_wrong'
  | 'endpoint_limit'
  | 'invalid_body'
  | 'invalid_event_type'
  | 'unavailable';
