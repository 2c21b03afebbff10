import type { RateLimit } from '../instance.ts';
import type { Json } from '../json.ts';
import type { AddressTest } from './address-test.ts';
import type { Verification } from './verification.ts';

/** One entry of `webhooks.endpoints`, compiled. */
export interface Endpoint {
  readonly name: string;
  /** As it is written; requests match it exactly, their query aside. */
  readonly path: string;
  readonly verify: Verification;
  /** The job that a delivery becomes; null: none. */
  readonly to: { readonly instance: string; readonly command: string } | null;
  /** The type of the event that a delivery becomes; null: none. */
  readonly emit: EventTypeOf | null;
  /** `observe`: deliveries are verified and recorded, and nothing is run. */
  readonly mode: 'run' | 'observe';
  /** How the body is read, whatever a request says that it is. */
  readonly body: BodyFormat;
  /** True: the plugin gets the raw body also when it was read. */
  readonly raw: boolean;
  /** What is kept and passed on; lower case. */
  readonly headers: readonly string[];
  readonly query: readonly string[];
  readonly maxBodyBytes: number;
  /** Accepted media types, lower case and without parameters; empty: any, and none. */
  readonly contentTypes: readonly string[];
  readonly dedupe: Dedupe;
  readonly rateLimit: RateLimit | null;
  /** Whether clients at an address may deliver. */
  readonly allows: AddressTest;
  /** How a GET that asks whether somebody is there is answered; null: it is not. */
  readonly challenge: Challenge | null;
  /** How long the sender is kept for the end of the job, in milliseconds; null: it is not. */
  readonly respondMs: number | null;
  readonly priority: number;
  readonly maxAttempts: number | null;
  readonly timeoutMs: number | null;
  /** Stands for all of it as it is configured, secrets included. */
  readonly hash: string;
}

export type BodyFormat = 'json' | 'form' | 'raw';

/** The type of an event, given what a delivery holds; `{ error }` says why there is none. */
export type EventTypeOf = (delivery: Readable) => { readonly type: string } | { readonly error: string };

/** What `${{ … }}` in `emit` may ask of a delivery. */
export interface Readable {
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, string>>;
  readonly body: Json;
}

/** What tells that a delivery is a repeat. */
export type Dedupe =
  | { readonly kind: 'off' }
  /** By the scheme: the id it delivers; where that is not signed, also the same body under the same event header. */
  | { readonly kind: 'scheme' }
  /** By that header alone; lower case. */
  | { readonly kind: 'header'; readonly header: string };

/** A question that some senders ask once with GET, before they deliver. */
export type Challenge =
  /** `hub.mode=subscribe`, `hub.verify_token` and `hub.challenge`, which is the answer when the token is right. */
  | { readonly kind: 'meta'; readonly token: string }
  /** `validationToken`, by GET or POST, which is the answer. */
  | { readonly kind: 'microsoft' };
