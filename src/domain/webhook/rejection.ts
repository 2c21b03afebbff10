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
