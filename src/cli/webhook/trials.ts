import type { Endpoint } from '../../domain/webhook/endpoint.ts';
import { renewedBody, sampleBody } from './sample-body.ts';
import { type Call, type SignedCall, signedCall, unsignedHeaders } from './signed-call.ts';
import { toleranceOf } from './tolerance.ts';

/** A request that an endpoint is tried with. */
export interface Trial {
  /** What is sent, in a few words. */
  readonly name: string;
  /** Statuses that are right. */
  readonly expected: readonly number[];
  /** The request, made when it is sent; where there is none, why. */
  readonly make: ((now: number) => Call) | { readonly skipped: string };
  /** True: the listener may refuse before it has read the body. */
  readonly ask?: boolean;
}

/** What trials are made from. */
export interface TrialParts {
  readonly endpoint: Endpoint;
  /** What its sender calls the endpoint. */
  readonly url: string;
  readonly newId: () => string;
  /** Headers of every request, names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** The body of every request, or null: a small one each time. */
  readonly body: Uint8Array | null;
  readonly now: number;
}

/** Seconds beyond the tolerance: the clocks of both sides may differ a little. */
const BEYOND_S = 10;

/** Everything that an endpoint is tried with, in order: what must be accepted, what must be refused, each for one reason alone. */
export function trialsOf(parts: TrialParts): readonly Trial[] {
  const { endpoint } = parts;
  const signed = maker(parts);
  return [
    ...acceptedTrials(parts, signed),
    ...(endpoint.verify.scheme === 'none' ? [] : forgedTrials(parts, signed)),
    ...malformedTrials(parts, signed),
  ];
}

type Make = (delivered: { readonly at: number; readonly id?: string }) => SignedCall | null;

function maker({ endpoint, url, newId, headers, body }: TrialParts): Make {
  return ({ at, id = newId() }) => {
    const own =
      body === null ? sampleBody(endpoint, { id, at }) : renewedBody(endpoint.verify.scheme, body, { id, at });
    return signedCall(endpoint, { url, body: own, id, at, headers });
  };
}

/** A trial that starts from a signed request. */
function changed(
  make: Make,
  trial: { readonly name: string; readonly expected: readonly number[]; readonly ask?: boolean },
  change: (call: SignedCall, now: number) => Call,
): Trial {
  return {
    ...trial,
    make: (now) => {
      const call = make({ at: now });
      if (call === null) throw new Error('a request that nobody can sign was to be changed');
      return change(call, now);
    },
  };
}

function acceptedTrials(parts: TrialParts, make: Make): readonly Trial[] {
  const { endpoint, body, newId } = parts;
  const accepted = endpoint.respondMs === null ? [202] : [200, 202, 502];
  const fresh = body === null ? accepted : [...new Set([200, ...accepted])];
  const first = make({ at: parts.now });
  if (first === null) return ['valid', 'the same again'].map((name) => unsendable(name, endpoint));
  const { dedupe, verify } = endpoint;
  const repeats = dedupe.kind === 'header' || (dedupe.kind === 'scheme' && verify.repeats !== 'nothing');
  const trials: Trial[] = [
    { name: 'valid', expected: fresh, make: () => first },
    {
      name: repeats ? 'the same again: a repeat' : 'the same again: nothing tells repeats',
      expected: repeats ? [200] : accepted,
      make: () => first,
    },
  ];
  const idHeader = Object.keys(first.headers).find((name) => name !== 'content-type' && isIdOf(name, first, endpoint));
  if (idHeader === undefined) return trials;
  const other = { ...first, headers: { ...first.headers, [idHeader]: newId() } };
  if (!verify.verify(other, parts.now).ok) {
    return [...trials, { name: 'the same under another id, which is signed', expected: [401], make: () => other }];
  }
  const captured = dedupe.kind === 'scheme' && verify.repeats === 'id_or_body';
  return [
    ...trials,
    {
      name: captured ? 'the same under another id: a repeat by its body' : 'the same under another id: new',
      expected: captured ? [200] : accepted,
      make: () => other,
    },
  ];
}

/** Whether a header is the id by which the endpoint tells repeats. */
function isIdOf(name: string, { headers, proof }: SignedCall, { dedupe, verify }: Endpoint): boolean {
  if (dedupe.kind === 'off') return false;
  if (dedupe.kind === 'header') return name === dedupe.header;
  return verify.sensitive.includes(name) && verify.telling.includes(name) && !proof.includes(name) && name in headers;
}

function unsendable(name: string, { verify }: Endpoint): Trial {
  const who = verify.scheme === 'discord' ? 'Discord' : 'its sender';
  return { name, expected: [], make: { skipped: `only ${who} can sign` } };
}

function forgedTrials(parts: TrialParts, make: Make): readonly Trial[] {
  const { endpoint, url, now, newId, headers } = parts;
  const nothing: Trial = {
    name: 'without proof',
    expected: [401],
    make: (at) => {
      const id = newId();
      return {
        method: 'POST',
        url,
        headers: { ...unsignedHeaders(endpoint, id), ...headers },
        body: sampleBody(endpoint, { id, at }),
      };
    },
  };
  const sample = make({ at: now });
  if (sample === null) return [unsendable('forged', endpoint), nothing];
  const proof = proofOf(sample);
  const shown = sample.credentials.length > 0;
  const forged = { expected: [401] };
  const tolerance = toleranceOf(endpoint, now);
  return [
    nothing,
    changed(
      make,
      { ...forged, name: shown ? 'one character of the secret changed' : 'one character of the signature changed' },
      (call) => ({
        ...call,
        headers: { ...call.headers, [proof]: altered(call.headers[proof] ?? '') },
      }),
    ),
    ...(shown ? [] : [changed(make, { ...forged, name: 'one byte of the body changed' }, withOtherBody)]),
    changed(make, { name: `two headers ${proof}`, expected: [400] }, (call) => ({
      ...call,
      headers: { ...call.headers, [proof]: [call.headers[proof] ?? '', call.headers[proof] ?? ''] },
    })),
    ...(tolerance === null ? [] : staleTrials(tolerance + BEYOND_S, make)),
  ];
}

function staleTrials(awayS: number, make: Make): readonly Trial[] {
  return [
    { name: `signed ${awayS} s ago`, sign: -1 },
    { name: `signed ${awayS} s in the future`, sign: 1 },
  ].map(({ name, sign }) => ({
    name,
    expected: [401],
    make: (now) => {
      const call = make({ at: now + sign * awayS * 1_000 });
      if (call === null) throw new Error('a request that nobody can sign was to be signed');
      return call;
    },
  }));
}

/** The header that holds the signature or the secret: of those that prove something, the one with the longest value. */
function proofOf({ proof, headers }: SignedCall): string {
  const lengthOf = (name: string): number => headers[name]?.length ?? 0;
  return proof.reduce((longest, name) => (lengthOf(name) > lengthOf(longest) ? name : longest), proof[0] ?? '');
}

/** Changed near the end, where every scheme has digits of the signature, but not in the padding. */
function altered(text: string): string {
  const at = Math.max(text.length - 6, 0);
  return `${text.slice(0, at)}${text[at] === '0' ? '1' : '0'}${text.slice(at + 1)}`;
}

function withOtherBody(call: SignedCall): Call {
  const body = Uint8Array.from(call.body);
  const at = Math.floor(body.length / 2);
  body[at] = (body[at] ?? 0) ^ 1;
  return { ...call, body };
}

function malformedTrials({ endpoint, url, newId, headers, now }: TrialParts, make: Make): readonly Trial[] {
  const unsigned = (at: number): Call => {
    const id = newId();
    return {
      method: 'POST',
      url,
      headers: { ...unsignedHeaders(endpoint, id), ...headers },
      body: sampleBody(endpoint, { id, at }),
    };
  };
  /** What comes before the signature can be tried without one. */
  const call = (at: number): Call => make({ at }) ?? unsigned(at);
  const withHeader =
    (name: string, value: string) =>
    (at: number): Call => {
      const one = call(at);
      return { ...one, headers: { ...one.headers, [name]: value } };
    };
  const unreadable =
    make({ at: now }) === null || endpoint.body !== 'json'
      ? []
      : unreadableTrials({ endpoint, url, newId, headers, now });
  return [
    { name: 'method DELETE', expected: [405], make: (at) => ({ ...call(at), method: 'DELETE' }) },
    { name: 'compressed (gzip)', expected: [415], make: withHeader('content-encoding', 'gzip') },
    ...(endpoint.contentTypes.length === 0
      ? []
      : [
          {
            name: 'wrong content type',
            expected: [415],
            make: withHeader('content-type', 'application/x-ductile-test'),
          },
        ]),
    {
      name: `body of ${endpoint.maxBodyBytes + 1} bytes`,
      expected: [413],
      make: (at) => ({ ...call(at), body: Buffer.alloc(endpoint.maxBodyBytes + 1, ' ') }),
      ask: true,
    },
    ...unreadable,
  ];
}

/** Rightly signed, but no JSON; where a timestamp would stand in it, that is missing. */
function unreadableTrials({ endpoint, url, newId, headers, now }: Omit<TrialParts, 'body'>): readonly Trial[] {
  const make = (at: number): SignedCall | null =>
    signedCall(endpoint, { url, body: Buffer.from('{"cut": '), id: newId(), at, headers });
  const sample = make(now);
  if (sample === null) return [];
  const expected = endpoint.verify.verify(sample, now).ok ? [400] : [401];
  return [{ name: 'signed, but not JSON', expected, make: (at) => make(at) ?? sample }];
}
