import type { BodyFormat, Endpoint } from '../../domain/webhook/endpoint.ts';
import type { Delivered } from './sample-body.ts';

/** A request as it is sent; names of headers in lower case, several values make several headers. */
export interface Call {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  readonly body: Uint8Array;
}

/** A request that its sender signed. */
export interface SignedCall extends Call {
  readonly headers: Readonly<Record<string, string>>;
  /** The headers, in lower case, that prove who sent it; empty where the scheme asks for none. */
  readonly proof: readonly string[];
  /** Those of them that are the secret itself. */
  readonly credentials: readonly string[];
}

/** What a request is made of; `url` is what its sender calls the endpoint. */
export interface CallParts extends Delivered {
  readonly url: string;
  readonly body: Uint8Array;
  /** Headers that are sent besides, or instead of those that would be; names in lower case. */
  readonly headers?: Readonly<Record<string, string>>;
}

const CONTENT_TYPES = {
  json: 'application/json',
  form: 'application/x-www-form-urlencoded',
  raw: 'application/octet-stream',
} as const satisfies Record<BodyFormat, string>;

/** Schemes in which the sender shows the secret instead of signing with it, by the header that holds it. */
const CREDENTIALS: Readonly<Record<string, string>> = {
  bearer: 'authorization',
  basic: 'authorization',
  gitlab: 'x-gitlab-token',
  telegram: 'x-telegram-bot-api-secret-token',
};

/** What senders say of a delivery's kind, as they would of a first one; many an `emit` asks for it. */
const KINDS: Readonly<Record<string, readonly [header: string, value: string]>> = {
  github: ['x-github-event', 'ping'],
  gitea: ['x-gitea-event', 'push'],
  gitlab: ['x-gitlab-event', 'Push Hook'],
  shopify: ['x-shopify-topic', 'orders/create'],
};

/** The request that a sender with the endpoint's first secret would make; null where that is only a public key. */
export function signedCall(endpoint: Endpoint, { url, body, id, at, headers = {} }: CallParts): SignedCall | null {
  const signed = endpoint.verify.sign({ method: 'POST', url, id, body }, at);
  if (signed === null) return null;
  const credential = CREDENTIALS[endpoint.verify.scheme];
  return {
    method: 'POST',
    url,
    headers: { ...unsignedHeaders(endpoint, id), ...signed, ...headers },
    body,
    proof: Object.keys(signed).filter((name) => !endpoint.verify.telling.includes(name)),
    credentials: credential !== undefined && Object.hasOwn(signed, credential) ? [credential] : [],
  };
}

/** The headers of a request that nobody signed. */
export function unsignedHeaders(endpoint: Endpoint, id: string): Readonly<Record<string, string>> {
  const { contentTypes, body, dedupe, verify } = endpoint;
  const kind = KINDS[verify.scheme];
  return {
    'content-type': contentTypes[0] ?? CONTENT_TYPES[body],
    ...(kind === undefined ? {} : { [kind[0]]: kind[1] }),
    ...(dedupe.kind === 'header' ? { [dedupe.header]: id } : {}),
  };
}
