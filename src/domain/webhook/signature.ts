import { readJsonObject } from './body-json.ts';
import { type DigestEncoding, decodeDigest, encodeDigest } from './digest-text.ts';
import { eventOf, type IdSource, isSenderId, senderIdOf } from './sender-id.ts';
import type { ReadSignatures, SignatureHeader } from './signature-header.ts';
import type { Message, SigningKey } from './signing-key.ts';
import { type TimestampUnitMs, timestampFault } from './timestamp.ts';
import type { AuthenticationFailure, SignedRequest, Unsigned, Verdict, Verification } from './verification.ts';

/** Headers of a scheme, in lower case; null: it has none. */
export interface SchemeHeaders {
  readonly signature: string;
  readonly timestamp: string | null;
  readonly id: string | null;
  readonly event: string | null;
}

/** Where the timestamp of a scheme stands: in the header that its headers name, beside the signature, in the JSON body, or nowhere. */
export type TimestampSource =
  | { readonly from: 'header' | 'signature' | 'nowhere' }
  | { readonly from: 'body'; readonly key: string };

/** A scheme in which the sender signs the request. */
export interface SignatureScheme {
  readonly scheme: string;
  /** Alternatives, the preferred first: those whose signature was sent count, and no others. */
  readonly headers: readonly [SchemeHeaders, ...SchemeHeaders[]];
  readonly form: SignatureHeader;
  readonly encoding: DigestEncoding;
  readonly timestamp: TimestampSource;
  readonly unitMs: TimestampUnitMs;
  readonly toleranceMs: number;
  /** What may have been signed; null: the request cannot have been signed. Timestamp and id are visible ASCII, empty where the scheme has none. */
  messages(request: Signable, parts: { readonly timestamp: string; readonly id: string }): readonly Message[] | null;
  /** True: no request without an id. */
  readonly signsId: boolean;
  /** Key at the top of the JSON body that holds the delivery's id; null: it stands in the header, if anywhere. */
  readonly idKey: string | null;
  readonly repeats: Verification['repeats'];
  /** Further headers that plugins may see. */
  readonly telling: readonly string[];
}

type Signable = Pick<SignedRequest, 'method' | 'url' | 'body'>;

/** Verifies signatures with any of the keys; the first of them signs. */
export function bySignature(scheme: SignatureScheme, keys: readonly [SigningKey, ...SigningKey[]]): Verification {
  const names = scheme.headers.flatMap(({ signature, timestamp, id }) => [signature, timestamp, id]);
  return {
    scheme: scheme.scheme,
    sensitive: [...new Set(names.filter((name) => name !== null))],
    telling: [...new Set([...scheme.headers.flatMap(({ id, event }) => present([id, event])), ...scheme.telling])],
    repeats: scheme.repeats,
    verify: (request, now) => verify({ scheme, keys }, request, now),
    sign: (request, now) => sign({ scheme, key: keys[0] }, request, now),
  };
}

function present(names: readonly (string | null)[]): readonly string[] {
  return names.filter((name) => name !== null);
}

interface Signed {
  readonly scheme: SignatureScheme;
  readonly keys: readonly SigningKey[];
}

function verify({ scheme, keys }: Signed, request: SignedRequest, now: number): Verdict {
  const headers = scheme.headers.find(({ signature }) => request.headers[signature] !== undefined) ?? scheme.headers[0];
  const value = request.headers[headers.signature];
  if (value === undefined) return refuse('signature_missing');
  const read = scheme.form.read(value);
  if (read === null) return refuse('signature_malformed');
  const parts = partsOf({ scheme, headers, read }, request);
  if (typeof parts === 'string') return refuse(parts);
  const messages = scheme.messages(request, parts);
  const checks = checksOf({ scheme, keys }, read);
  if (messages === null || checks === null) return refuse('signature_malformed');
  if (!matchesAny(messages, checks)) return refuse('signature_wrong');
  const fault = staleness({ scheme, timestamp: parts.timestamp }, request, now);
  if (fault !== null) return refuse(fault);
  const source: IdSource | null =
    scheme.idKey !== null
      ? { from: 'body', key: scheme.idKey }
      : headers.id === null
        ? null
        : { from: 'header', name: headers.id };
  return { ok: true, senderId: senderIdOf(source, request), event: eventOf(headers.event, request) };
}

function refuse(reason: AuthenticationFailure): Verdict {
  return { ok: false, reason };
}

/** The parts of the message that do not stand in the body, or why there are none. */
function partsOf(
  from: { readonly scheme: SignatureScheme; readonly headers: SchemeHeaders; readonly read: ReadSignatures },
  request: SignedRequest,
): { readonly timestamp: string; readonly id: string } | AuthenticationFailure {
  const { scheme, headers, read } = from;
  const id = scheme.signsId && headers.id !== null ? request.headers[headers.id] : '';
  // What is not visible ASCII has no one way to be signed as bytes.
  if (id === undefined || (scheme.signsId && !isSenderId(id))) return 'signature_malformed';
  const inHeader = headers.timestamp === null ? undefined : request.headers[headers.timestamp];
  const timestamp = scheme.timestamp.from === 'header' ? inHeader : (read.timestamp ?? undefined);
  if (scheme.timestamp.from === 'nowhere' || scheme.timestamp.from === 'body') return { timestamp: '', id };
  if (timestamp === undefined || timestamp === '') return 'timestamp_missing';
  return isSenderId(timestamp) ? { timestamp, id } : 'timestamp_malformed';
}

interface Check {
  readonly key: SigningKey;
  readonly signatures: readonly Uint8Array[];
}

/** The signatures that each key is tried with; null: one is malformed, or no key is for any. */
function checksOf({ scheme, keys }: Signed, { signatures }: ReadSignatures): readonly Check[] | null {
  const checks: Check[] = [];
  for (const key of keys) {
    const decoded: Uint8Array[] = [];
    for (const { version, text } of signatures) {
      if (version !== key.version) continue;
      const bytes = decodeDigest(text, scheme.encoding, key.length);
      if (bytes === null) return null;
      decoded.push(bytes);
    }
    if (decoded.length > 0) checks.push({ key, signatures: decoded });
  }
  return checks.length === 0 ? null : checks;
}

/** Tries everything, so that the time it takes says nothing of what fits. */
function matchesAny(messages: readonly Message[], checks: readonly Check[]): boolean {
  let found = false;
  for (const { key, signatures } of checks) {
    for (const message of messages) {
      const matches = key.matches(message, signatures);
      found = matches || found;
    }
  }
  return found;
}

function staleness(
  { scheme, timestamp }: { readonly scheme: SignatureScheme; readonly timestamp: string },
  request: SignedRequest,
  now: number,
): AuthenticationFailure | null {
  if (scheme.timestamp.from === 'nowhere') return null;
  const written = scheme.timestamp.from === 'body' ? readJsonObject(request.body)?.[scheme.timestamp.key] : timestamp;
  if (written === undefined) return 'timestamp_missing';
  if (typeof written !== 'string' && typeof written !== 'number') return 'timestamp_malformed';
  return timestampFault(String(written), { unitMs: scheme.unitMs, toleranceMs: scheme.toleranceMs, now });
}

function sign(
  { scheme, key }: { readonly scheme: SignatureScheme; readonly key: SigningKey },
  request: Unsigned,
  now: number,
): Readonly<Record<string, string>> | null {
  const [headers] = scheme.headers;
  const timestamp = String(Math.floor(now / scheme.unitMs));
  const message = scheme.messages(request, { timestamp, id: request.id })?.[0];
  const signature = message === undefined ? null : key.sign(message);
  if (signature === null) return null;
  const text = encodeDigest(signature, scheme.encoding);
  return {
    ...(headers.id === null ? {} : { [headers.id]: request.id }),
    ...(headers.timestamp === null ? {} : { [headers.timestamp]: timestamp }),
    [headers.signature]: scheme.form.write(text, { version: key.version, timestamp }),
  };
}
