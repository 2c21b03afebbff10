/** How an endpoint tells its sender from everybody else: a scheme over its secrets. */
export interface Verification {
  /** As configured. */
  readonly scheme: string;
  /** Headers, in lower case, of which a request may have only one: signature, timestamp, id. */
  readonly sensitive: readonly string[];
  /** Headers of the scheme that plugins may see, in lower case, such as `x-github-event`; never a signature or a token. */
  readonly telling: readonly string[];
  /**
   * What makes a delivery a repeat of an earlier one: its id, where the signature covers that; else its id or its body under the
   * same event header, since whoever captured a request could send it again under another id; or nothing.
   */
  readonly repeats: 'id' | 'id_or_body' | 'nothing';
  /** Judges a request by its raw bytes; `now` in epoch milliseconds. Takes as long whichever secret fits, and however much of the signature does. */
  verify(request: SignedRequest, now: number): Verdict;
  /** The headers that a sender with the first secret would send, names in lower case; null where only the holder of a private key can. Where the scheme reads an id or a timestamp from the body, that is for the caller to put there. */
  sign(request: Unsigned, now: number): Readonly<Record<string, string>> | null;
}

/** A request as its sender signed it. */
export interface SignedRequest {
  readonly method: string;
  /** Scheme, host, path and query as the world calls it. */
  readonly url: string;
  /** One value each, names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

/** What a sender wants to deliver; `id` is the delivery's. */
export interface Unsigned {
  readonly method: string;
  readonly url: string;
  readonly id: string;
  readonly body: Uint8Array;
}

/** Whether a request is from who it says. */
export type Verdict =
  | {
      readonly ok: true;
      /** What its sender calls the delivery: 1 to 200 visible ASCII characters; null: the scheme has no ids, or none such was sent. */
      readonly senderId: string | null;
      /** The value of the header that names the kind of event; null: the scheme has none, or it was not sent. */
      readonly event: string | null;
    }
  | { readonly ok: false; readonly reason: AuthenticationFailure };

/** Why a request is not known to be from who it says, in the order of the checks; part of `RejectionReason`. */
export type AuthenticationFailure =
  | 'credentials_missing'
  | 'credentials_wrong'
  | 'signature_missing'
  | 'timestamp_missing'
  | 'signature_malformed'
  | 'signature_wrong'
  | 'timestamp_malformed'
  | 'timestamp_stale';
