import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SignedRequest } from '../../src/domain/webhook/verification.ts';
import { NOW, SAMPLES, type Sample } from './samples.ts';

/** Of all schemes together; `DUCTILE_MUTATIONS` sets another number. */
const MUTATIONS = Number(process.env['DUCTILE_MUTATIONS'] ?? 100_000);

/** Twilio's message has no separators, so these change the request but not what was signed; the rest are headers nobody signs. */
const UNSIGNED: Readonly<Record<string, readonly string[]>> = {
  github: ['x-github-delivery'],
  gitlab: ['idempotency-key', 'body'],
  gitea: ['x-forgejo-delivery'],
  shopify: ['x-shopify-webhook-id'],
  linear: ['linear-delivery'],
  twilio: ['i-twilio-idempotency-token', 'body'],
  telegram: ['body'],
  bearer: ['body'],
  basic: ['body'],
};

test(`${MUTATIONS} mutations of requests that are right are refused, and none throws`, () => {
  const random = xorshift(20_261_123);
  const accepted: string[] = [];
  for (let at = 0; at < MUTATIONS; at += 1) {
    const sample = SAMPLES[at % SAMPLES.length];
    if (sample === undefined) continue;
    const request = mutate(sample, random);
    if (isSame(sample, request)) continue;
    if (sample.verification.verify(request, NOW).ok)
      accepted.push(`${sample.name} ${JSON.stringify(request.headers)} ${request.body}`);
  }
  assert.deepEqual(accepted.slice(0, 5), []);
});

test('all requests that are mutated are right before', () => {
  for (const { name, verification, request } of SAMPLES) assert.equal(verification.verify(request, NOW).ok, true, name);
});

/** Integers below a bound, the same ones for a seed. */
function xorshift(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}

function mutate({ name, request }: Sample, random: (below: number) => number): SignedRequest {
  const free = UNSIGNED[name] ?? [];
  const places = ['body', ...Object.keys(request.headers)].filter((place) => !free.includes(place));
  const place = places[random(places.length)] ?? 'body';
  if (place === 'body') return { ...request, body: change(Buffer.from(request.body), random) };
  const changed = change(Buffer.from(request.headers[place] ?? '', 'latin1'), random).toString('latin1');
  return { ...request, headers: { ...request.headers, [place]: changed } };
}

/** One to three changes: a bit, a byte, a byte more, a byte less, the end cut off, a part twice. */
function change(bytes: Buffer, random: (below: number) => number): Buffer {
  let changed = Buffer.from(bytes);
  for (let left = 1 + random(3); left > 0; left -= 1) {
    const at = random(changed.length + 1);
    const before = changed.subarray(0, at);
    const after = changed.subarray(at);
    const kind = random(6);
    if (kind === 0 && after.length > 0)
      changed = Buffer.concat([before, Buffer.of((after[0] ?? 0) ^ (1 << random(8))), after.subarray(1)]);
    else if (kind === 1 && after.length > 0)
      changed = Buffer.concat([before, Buffer.of(random(256)), after.subarray(1)]);
    else if (kind === 2) changed = Buffer.concat([before, Buffer.of(random(256)), after]);
    else if (kind === 3) changed = Buffer.concat([before, after.subarray(1)]);
    else if (kind === 4) changed = Buffer.from(before);
    else changed = Buffer.concat([before, after, after.subarray(0, 8)]);
  }
  return changed;
}

/** Digits of hexadecimal signatures in the other case, and the name of an authentication scheme in it, are the same request. */
const ANY_CASE: ReadonlySet<string> = new Set(['linear-signature', 'x-signature-ed25519', 'x-sig']);

function isSame({ request, name }: Sample, other: SignedRequest): boolean {
  if (Buffer.compare(request.body, other.body) !== 0) return false;
  return Object.entries(request.headers).every(
    ([header, value]) => normal(name, header, value) === normal(name, header, other.headers[header] ?? ''),
  );
}

function normal(name: string, header: string, value: string): string {
  if (header === 'authorization')
    return value.replace(/^(bearer|basic) +/i, (scheme) => `${scheme.trim().toLowerCase()} `);
  // Signatures of versions that nobody knows are passed over.
  if (header === 'stripe-signature') return known(value, ',', /^(?:t|v1)=/);
  if (header === 'webhook-signature') return known(value, ' ', name === 'standard-public' ? /^v1a,/ : /^v1,/);
  return ANY_CASE.has(header) && name !== 'hmac-timed' ? value.toLowerCase() : value;
}

function known(value: string, separator: string, entry: RegExp): string {
  return value
    .split(separator)
    .filter((part) => entry.test(part))
    .join(separator);
}
