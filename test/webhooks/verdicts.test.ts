import assert from 'node:assert/strict';
import { createHash, createHmac } from 'node:crypto';
import { describe, it } from 'node:test';
import type { AuthenticationFailure, SignedRequest } from '../../src/domain/webhook/verification.ts';
import { accepted, NOW, SECTIONS, signEd25519, URL, verification } from './samples.ts';

type Headers = Readonly<Record<string, string | undefined>>;
type Wanted = AuthenticationFailure | 'accepted';

interface Case {
  readonly title: string;
  readonly wanted: Wanted;
  /** Put over those of a request that is right. */
  readonly headers?: Headers;
  readonly body?: string | Buffer;
  readonly url?: string;
}

const FIRST = 'an-example-of-a-secret';
const SECOND = 'another-one-of-these';
const T = NOW / 1_000;

function hmac(
  encoding: 'hex' | 'base64' | 'base64url',
  message: string | Buffer,
  secret: string | Buffer = FIRST,
  algorithm = 'sha256',
): string {
  return createHmac(algorithm, secret).update(message).digest(encoding);
}

const STANDARD_KEYS = ['MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', 'AAECAwQFBgcICQoLDA0ODxAREhMUFRYX'].map((key) =>
  Buffer.from(key, 'base64'),
);
const [STANDARD_KEY = Buffer.alloc(0), SECOND_STANDARD_KEY = Buffer.alloc(0)] = STANDARD_KEYS;
const SIGNATURE = hmac('hex', '{"a":1}');
const STRIPE_BODY = '{"id":"evt_1","object":"event"}';
const stripe = (timestamp: string | number, secret = FIRST) => hmac('hex', `${timestamp}.${STRIPE_BODY}`, secret);
const standard = (id: string, timestamp: string | number, key = STANDARD_KEY) =>
  hmac('base64', `${id}.${timestamp}.{"a":1}`, key);
const SLACK_BODY = '{"type":"event_callback","event_id":"Ev08MFMKH6"}';
const slack = (timestamp: string | number) => `v0=${hmac('hex', `v0:${timestamp}:${SLACK_BODY}`)}`;
const NOT_UTF_8 = Buffer.from([0x7b, 0xff, 0xfe, 0x7d]);
const JSON_URL = `${URL}?bodySHA256=${createHash('sha256').update('{"a":1}').digest('hex')}`;
const DISCORD_BODY = '{"id":"786008729715212338","type":2}';

/** What every scheme with a timestamp of seconds in a header or beside the signature must tell apart; `at` makes its headers. */
function timestamps(at: (timestamp: string) => Headers): readonly Case[] {
  const cases: readonly (readonly [string, Wanted])[] = [
    [String(T - 300), 'accepted'],
    [String(T + 300), 'accepted'],
    [String(T - 301), 'timestamp_stale'],
    [String(T + 301), 'timestamp_stale'],
    ['0', 'timestamp_stale'],
    [`${T}000`, 'timestamp_stale'],
    [`0${T}`, 'timestamp_malformed'],
    [`+${T}`, 'timestamp_malformed'],
    [`-${T}`, 'timestamp_malformed'],
    [`${T}.0`, 'timestamp_malformed'],
    ['1.7954352e9', 'timestamp_malformed'],
    ['0x6B03D780', 'timestamp_malformed'],
    ['NaN', 'timestamp_malformed'],
    ['1'.repeat(17), 'timestamp_malformed'],
  ];
  return cases.map(([timestamp, wanted]) => ({ title: `the timestamp ${timestamp}`, wanted, headers: at(timestamp) }));
}

const CASES: Readonly<Record<string, readonly Case[]>> = {
  github: [
    { title: 'no signature', wanted: 'signature_missing', headers: { 'x-hub-signature-256': undefined } },
    { title: 'an empty signature', wanted: 'signature_malformed', headers: { 'x-hub-signature-256': '' } },
    { title: 'a prefix alone', wanted: 'signature_malformed', headers: { 'x-hub-signature-256': 'sha256=' } },
    { title: 'no prefix', wanted: 'signature_malformed', headers: { 'x-hub-signature-256': SIGNATURE } },
    { title: 'another prefix', wanted: 'signature_malformed', headers: { 'x-hub-signature-256': `sha1=${SIGNATURE}` } },
    {
      title: 'a prefix in upper case',
      wanted: 'signature_malformed',
      headers: { 'x-hub-signature-256': `SHA256=${SIGNATURE}` },
    },
    {
      title: 'the older SHA-1 signature alone',
      wanted: 'signature_missing',
      headers: { 'x-hub-signature-256': undefined, 'x-hub-signature': `sha1=${hmac('hex', '{"a":1}', FIRST, 'sha1')}` },
    },
    {
      title: 'digits in upper case',
      wanted: 'signature_malformed',
      headers: { 'x-hub-signature-256': `sha256=${SIGNATURE.toUpperCase()}` },
    },
    {
      title: 'a digit too few',
      wanted: 'signature_malformed',
      headers: { 'x-hub-signature-256': `sha256=${SIGNATURE.slice(1)}` },
    },
    {
      title: 'a digit too many',
      wanted: 'signature_malformed',
      headers: { 'x-hub-signature-256': `sha256=${SIGNATURE}0` },
    },
    {
      title: 'a byte too few',
      wanted: 'signature_malformed',
      headers: { 'x-hub-signature-256': `sha256=${SIGNATURE.slice(2)}` },
    },
    {
      title: 'a byte too many',
      wanted: 'signature_malformed',
      headers: { 'x-hub-signature-256': `sha256=${SIGNATURE}00` },
    },
    {
      title: 'what is no digit',
      wanted: 'signature_malformed',
      headers: { 'x-hub-signature-256': `sha256=g${SIGNATURE.slice(1)}` },
    },
    {
      title: 'a space behind',
      wanted: 'signature_malformed',
      headers: { 'x-hub-signature-256': `sha256=${SIGNATURE} ` },
    },
    {
      title: 'two signatures',
      wanted: 'signature_malformed',
      headers: { 'x-hub-signature-256': `sha256=${SIGNATURE}, sha256=${SIGNATURE}` },
    },
    {
      title: 'base64',
      wanted: 'signature_malformed',
      headers: { 'x-hub-signature-256': `sha256=${hmac('base64', '{"a":1}')}` },
    },
    { title: 'zeroes', wanted: 'signature_wrong', headers: { 'x-hub-signature-256': `sha256=${'0'.repeat(64)}` } },
    {
      title: 'a plain digest',
      wanted: 'signature_wrong',
      headers: { 'x-hub-signature-256': `sha256=${createHash('sha256').update('{"a":1}').digest('hex')}` },
    },
    { title: 'another body', wanted: 'signature_wrong', body: '{"a":2}' },
    { title: 'a body with a line end more', wanted: 'signature_wrong', body: '{"a":1}\n' },
    { title: 'no body', wanted: 'signature_wrong', body: '' },
    {
      title: 'a secret that is none of ours',
      wanted: 'signature_wrong',
      headers: { 'x-hub-signature-256': `sha256=${hmac('hex', '{"a":1}', 'other')}` },
    },
    {
      title: 'an empty secret',
      wanted: 'signature_wrong',
      headers: { 'x-hub-signature-256': `sha256=${hmac('hex', '{"a":1}', '')}` },
    },
    {
      title: 'the second secret',
      wanted: 'accepted',
      headers: { 'x-hub-signature-256': `sha256=${hmac('hex', '{"a":1}', SECOND)}` },
    },
    { title: 'another id, which is not signed', wanted: 'accepted', headers: { 'x-github-delivery': 'another' } },
    {
      title: 'a body that is not UTF-8, rightly signed',
      wanted: 'accepted',
      body: NOT_UTF_8,
      headers: { 'x-hub-signature-256': `sha256=${hmac('hex', NOT_UTF_8)}` },
    },
  ],
  gitea: [
    { title: 'no signature', wanted: 'signature_missing', headers: { 'x-forgejo-signature': undefined } },
    {
      title: 'the header of Gitea',
      wanted: 'accepted',
      headers: { 'x-forgejo-signature': undefined, 'x-gitea-signature': SIGNATURE },
    },
    {
      title: 'the header of Gogs',
      wanted: 'accepted',
      headers: { 'x-forgejo-signature': undefined, 'x-gogs-signature': SIGNATURE },
    },
    {
      title: 'a wrong one of Forgejo beside a right one of Gitea',
      wanted: 'signature_wrong',
      headers: { 'x-forgejo-signature': '0'.repeat(64), 'x-gitea-signature': SIGNATURE },
    },
    { title: 'a prefix', wanted: 'signature_malformed', headers: { 'x-forgejo-signature': `sha256=${SIGNATURE}` } },
    {
      title: 'digits in upper case',
      wanted: 'signature_malformed',
      headers: { 'x-forgejo-signature': SIGNATURE.toUpperCase() },
    },
  ],
  gitlab: [
    { title: 'no token', wanted: 'credentials_missing', headers: { 'x-gitlab-token': undefined } },
    { title: 'an empty token', wanted: 'credentials_wrong', headers: { 'x-gitlab-token': '' } },
    { title: 'another token', wanted: 'credentials_wrong', headers: { 'x-gitlab-token': `${FIRST}x` } },
    { title: 'the second token', wanted: 'accepted', headers: { 'x-gitlab-token': SECOND } },
    { title: 'both tokens', wanted: 'credentials_wrong', headers: { 'x-gitlab-token': `${FIRST}, ${SECOND}` } },
  ],
  'gitlab-signed': [
    {
      title: 'a token beside a wrong signature',
      wanted: 'signature_wrong',
      headers: { 'x-gitlab-token': FIRST, 'webhook-signature': `v1,${standard('x', T)}` },
    },
    {
      title: 'a token without signature',
      wanted: 'accepted',
      headers: { 'x-gitlab-token': FIRST, 'webhook-signature': undefined },
    },
    { title: 'neither', wanted: 'credentials_missing', headers: { 'webhook-signature': undefined } },
    {
      title: 'a signing token as token',
      wanted: 'credentials_wrong',
      headers: { 'webhook-signature': undefined, 'x-gitlab-token': 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw' },
    },
  ],
  stripe: [
    ...timestamps((timestamp) => ({ 'stripe-signature': `t=${timestamp},v1=${stripe(timestamp)}` })),
    { title: 'no signature', wanted: 'signature_missing', headers: { 'stripe-signature': undefined } },
    { title: 'no timestamp', wanted: 'timestamp_missing', headers: { 'stripe-signature': `v1=${stripe(T)}` } },
    { title: 'an empty timestamp', wanted: 'timestamp_missing', headers: { 'stripe-signature': `t=,v1=${stripe(T)}` } },
    {
      title: 'two timestamps',
      wanted: 'signature_malformed',
      headers: { 'stripe-signature': `t=1,t=${T},v1=${stripe(T)}` },
    },
    {
      title: 'a timestamp that is not the signed one',
      wanted: 'signature_wrong',
      headers: { 'stripe-signature': `t=${T},v1=${stripe(T - 1)}` },
    },
    { title: 'v0 alone', wanted: 'signature_malformed', headers: { 'stripe-signature': `t=${T},v0=${stripe(T)}` } },
    { title: 'a timestamp alone', wanted: 'signature_malformed', headers: { 'stripe-signature': `t=${T}` } },
    {
      title: 'v1 after a wrong v1 and v0',
      wanted: 'accepted',
      headers: { 'stripe-signature': `t=${T},v0=x,v1=${'0'.repeat(64)},v1=${stripe(T)}` },
    },
    {
      title: 'two wrong ones',
      wanted: 'signature_wrong',
      headers: { 'stripe-signature': `t=${T},v1=${'0'.repeat(64)},v1=${'f'.repeat(64)}` },
    },
    {
      title: 'a malformed one beside a right one',
      wanted: 'signature_malformed',
      headers: { 'stripe-signature': `t=${T},v1=00,v1=${stripe(T)}` },
    },
    {
      title: '16 signatures',
      wanted: 'accepted',
      headers: { 'stripe-signature': `t=${T}${`,v1=${stripe(T)}`.repeat(16)}` },
    },
    {
      title: '17 signatures',
      wanted: 'signature_malformed',
      headers: { 'stripe-signature': `t=${T}${`,v1=${stripe(T)}`.repeat(17)}` },
    },
    {
      title: 'digits in upper case',
      wanted: 'signature_malformed',
      headers: { 'stripe-signature': `t=${T},v1=${stripe(T).toUpperCase()}` },
    },
    {
      title: 'the second secret',
      wanted: 'accepted',
      headers: { 'stripe-signature': `t=${T},v1=${stripe(T, SECOND)}` },
    },
    {
      title: 'a wrong signature that is stale too',
      wanted: 'signature_wrong',
      headers: { 'stripe-signature': `t=1,v1=${stripe(T)}` },
    },
  ],
  slack: [
    ...timestamps((timestamp) => ({ 'x-slack-request-timestamp': timestamp, 'x-slack-signature': slack(timestamp) })),
    { title: 'no timestamp', wanted: 'timestamp_missing', headers: { 'x-slack-request-timestamp': undefined } },
    { title: 'v1', wanted: 'signature_malformed', headers: { 'x-slack-signature': slack(T).replace('v0=', 'v1=') } },
    {
      title: 'digits in upper case',
      wanted: 'signature_malformed',
      headers: { 'x-slack-signature': `v0=${slack(T).slice(3).toUpperCase()}` },
    },
    {
      title: 'a timestamp that cannot be signed',
      wanted: 'timestamp_malformed',
      headers: { 'x-slack-request-timestamp': `${T}\u00a0` },
    },
  ],
  shopify: [
    { title: 'hexadecimal digits', wanted: 'signature_malformed', headers: { 'x-shopify-hmac-sha256': SIGNATURE } },
    {
      title: 'no padding',
      wanted: 'signature_malformed',
      headers: { 'x-shopify-hmac-sha256': hmac('base64', '{"a":1}').slice(0, -1) },
    },
    {
      title: 'base64url',
      wanted: 'signature_malformed',
      body: '{"a":3}',
      headers: { 'x-shopify-hmac-sha256': hmac('base64url', '{"a":3}') },
    },
    { title: 'another body', wanted: 'signature_wrong', body: '{"a":2}' },
  ],
  linear: [
    {
      title: 'digits in upper case',
      wanted: 'accepted',
      headers: { 'linear-signature': hmac('hex', `{"action":"create","webhookTimestamp":${NOW}}`).toUpperCase() },
    },
    ...(
      [
        [String(NOW - 300_000), 'accepted'],
        [String(NOW - 300_001), 'timestamp_stale'],
        [String(NOW + 300_001), 'timestamp_stale'],
        [`"${NOW}"`, 'accepted'],
        ['null', 'timestamp_malformed'],
        ['[]', 'timestamp_malformed'],
        ['1e3', 'timestamp_stale'],
        ['1.5', 'timestamp_malformed'],
      ] as const
    ).map(([written, wanted]): Case => {
      const body = `{"webhookTimestamp":${written}}`;
      return { title: `the timestamp ${written}`, wanted, body, headers: { 'linear-signature': hmac('hex', body) } };
    }),
    {
      title: 'no timestamp',
      wanted: 'timestamp_missing',
      body: '{}',
      headers: { 'linear-signature': hmac('hex', '{}') },
    },
    {
      title: 'a body that is no JSON',
      wanted: 'timestamp_missing',
      body: '{',
      headers: { 'linear-signature': hmac('hex', '{') },
    },
    {
      title: 'a body that is a list',
      wanted: 'timestamp_missing',
      body: '[]',
      headers: { 'linear-signature': hmac('hex', '[]') },
    },
  ],
  twilio: [
    { title: 'another path', wanted: 'signature_wrong', url: `${URL}y` },
    { title: 'another query', wanted: 'signature_wrong', url: `${URL}?a=1` },
    { title: 'http', wanted: 'signature_wrong', url: URL.replace('https', 'http') },
    { title: 'what is no URL', wanted: 'signature_wrong', url: 'hook' },
    { title: 'a port, signed without', wanted: 'accepted', url: URL.replace('.org', '.org:8443') },
    { title: 'the standard port, signed without', wanted: 'accepted', url: URL.replace('.org', '.org:443') },
    {
      title: 'the standard port of http, signed with it',
      wanted: 'accepted',
      url: 'http://a.b',
      body: 'A=1',
      headers: { 'x-twilio-signature': hmac('base64', 'http://a.b:80A1', FIRST, 'sha1') },
    },
    {
      title: 'a parameter more',
      wanted: 'signature_wrong',
      body: 'CallSid=CA1&To=%2B18005551212&From=%2B14158675310&Body=caf%C3%A9+au+lait&x=1',
    },
    { title: 'an escape that is not UTF-8', wanted: 'signature_malformed', body: 'a=%FF' },
    { title: 'bytes that are not UTF-8', wanted: 'signature_malformed', body: NOT_UTF_8 },
    {
      title: 'a value twice, which counts once, and a name alone',
      wanted: 'accepted',
      body: '&b=2&b=1&a&b=2',
      headers: { 'x-twilio-signature': hmac('base64', `${URL}ab1b2`, FIRST, 'sha1') },
    },
    {
      title: 'JSON with its digest in the URL',
      wanted: 'accepted',
      url: JSON_URL,
      body: '{"a":1}',
      headers: { 'x-twilio-signature': hmac('base64', JSON_URL, FIRST, 'sha1') },
    },
    {
      title: 'other JSON than the digest in the URL',
      wanted: 'signature_wrong',
      url: JSON_URL,
      body: '{"a":2}',
      headers: { 'x-twilio-signature': hmac('base64', JSON_URL, FIRST, 'sha1') },
    },
  ],
  discord: [
    ...timestamps((timestamp) => ({
      'x-signature-timestamp': timestamp,
      'x-signature-ed25519': signEd25519(`${timestamp}${DISCORD_BODY}`).toString('hex'),
    })),
    { title: 'no signature', wanted: 'signature_missing', headers: { 'x-signature-ed25519': undefined } },
    { title: 'no timestamp', wanted: 'timestamp_missing', headers: { 'x-signature-timestamp': undefined } },
    { title: 'half a signature', wanted: 'signature_malformed', headers: { 'x-signature-ed25519': '00'.repeat(32) } },
    { title: 'zeroes', wanted: 'signature_wrong', headers: { 'x-signature-ed25519': '00'.repeat(64) } },
    { title: 'another body', wanted: 'signature_wrong', body: '{}' },
    {
      title: 'digits in upper case',
      wanted: 'accepted',
      headers: { 'x-signature-ed25519': signEd25519(`${T}${DISCORD_BODY}`).toString('hex').toUpperCase() },
    },
  ],
  telegram: [
    { title: 'no token', wanted: 'credentials_missing', headers: { 'x-telegram-bot-api-secret-token': undefined } },
    { title: 'another token', wanted: 'credentials_wrong', headers: { 'x-telegram-bot-api-secret-token': 'x' } },
  ],
  standard: [
    ...timestamps((timestamp) => ({
      'webhook-timestamp': timestamp,
      'webhook-signature': `v1,${standard('delivery-1', timestamp)}`,
    })),
    { title: 'another id, which is signed', wanted: 'signature_wrong', headers: { 'webhook-id': 'delivery-2' } },
    { title: 'no id', wanted: 'signature_malformed', headers: { 'webhook-id': undefined } },
    { title: 'an empty id', wanted: 'signature_malformed', headers: { 'webhook-id': '' } },
    { title: 'an id of 201 characters', wanted: 'signature_malformed', headers: { 'webhook-id': 'x'.repeat(201) } },
    { title: 'no timestamp', wanted: 'timestamp_missing', headers: { 'webhook-timestamp': undefined } },
    {
      title: 'v2 alone',
      wanted: 'signature_malformed',
      headers: { 'webhook-signature': `v2,${standard('delivery-1', T)}` },
    },
    {
      title: 'v1a alone, without a public key',
      wanted: 'signature_malformed',
      headers: { 'webhook-signature': `v1a,${standard('delivery-1', T)}` },
    },
    { title: 'no version', wanted: 'signature_malformed', headers: { 'webhook-signature': standard('delivery-1', T) } },
    {
      title: 'a right one after a wrong one and v2',
      wanted: 'accepted',
      headers: { 'webhook-signature': `v2,x v1,${standard('x', T)} v1,${standard('delivery-1', T)}` },
    },
    {
      title: 'the second secret',
      wanted: 'accepted',
      headers: { 'webhook-signature': `v1,${standard('delivery-1', T, SECOND_STANDARD_KEY)}` },
    },
    {
      title: '17 signatures',
      wanted: 'signature_malformed',
      headers: {
        'webhook-signature': Array(17)
          .fill(`v1,${standard('delivery-1', T)}`)
          .join(' '),
      },
    },
    {
      title: 'a right signature under the names of Svix beside a wrong one',
      wanted: 'signature_wrong',
      headers: {
        'webhook-signature': `v1,${standard('x', T)}`,
        'svix-id': 'delivery-1',
        'svix-timestamp': String(T),
        'svix-signature': `v1,${standard('delivery-1', T)}`,
      },
    },
  ],
  'standard-public': [
    { title: 'another id', wanted: 'signature_wrong', headers: { 'webhook-id': 'delivery-2' } },
    {
      title: 'v1, for which there is no secret',
      wanted: 'signature_malformed',
      headers: { 'webhook-signature': `v1,${standard('delivery-1', T)}` },
    },
  ],
  hmac: [
    { title: 'digits in upper case', wanted: 'accepted', headers: { 'x-sig': SIGNATURE.toUpperCase() } },
    { title: 'no signature', wanted: 'signature_missing', headers: { 'x-sig': undefined } },
    { title: 'SHA-512', wanted: 'signature_malformed', headers: { 'x-sig': hmac('hex', '{"a":1}', FIRST, 'sha512') } },
  ],
  'hmac-timed': [
    ...timestamps((timestamp) => ({
      'x-time': timestamp,
      'x-sig': `v2:${hmac('base64url', `delivery-1/${timestamp}/{"a":1}`, FIRST, 'sha512')}`,
    })),
    {
      title: 'padding',
      wanted: 'accepted',
      headers: { 'x-sig': `v2:${hmac('base64url', `delivery-1/${T}/{"a":1}`, FIRST, 'sha512')}==` },
    },
    {
      title: 'base64',
      wanted: 'signature_malformed',
      headers: { 'x-sig': `v2:${Buffer.alloc(64, 0xfb).toString('base64')}` },
    },
    {
      title: 'padding that is too short',
      wanted: 'signature_malformed',
      headers: { 'x-sig': `v2:${hmac('base64url', `delivery-1/${T}/{"a":1}`, FIRST, 'sha512')}=` },
    },
    { title: 'another id', wanted: 'signature_wrong', headers: { 'x-id': 'y' } },
  ],
  bearer: [
    { title: 'no credentials', wanted: 'credentials_missing', headers: { authorization: undefined } },
    { title: 'the scheme in lower case', wanted: 'accepted', headers: { authorization: `bearer  ${SECOND}` } },
    { title: 'no scheme', wanted: 'credentials_wrong', headers: { authorization: FIRST } },
    { title: 'a space behind', wanted: 'credentials_wrong', headers: { authorization: `Bearer ${FIRST} ` } },
  ],
  basic: [
    { title: 'no credentials', wanted: 'credentials_missing', headers: { authorization: undefined } },
    {
      title: 'another user',
      wanted: 'credentials_wrong',
      headers: { authorization: `Basic ${Buffer.from(`x:${FIRST}`).toString('base64')}` },
    },
    {
      title: 'the second password',
      wanted: 'accepted',
      headers: { authorization: `BASIC ${Buffer.from(`gateway:${SECOND}`).toString('base64')}` },
    },
    { title: 'a bearer token', wanted: 'credentials_wrong', headers: { authorization: `Bearer ${FIRST}` } },
  ],
};

describe('the verdict on a webhook', () => {
  for (const [name, cases] of Object.entries(CASES)) {
    const section = SECTIONS[name] ?? {};
    for (const { title, wanted, headers = {}, body, url } of cases) {
      it(`of ${name} with ${title}: ${wanted}`, () => {
        const right = accepted(section, { name });
        const request = {
          method: 'POST',
          url: url ?? right.url,
          headers: defined({ ...right.headers, ...headers }),
          body: body === undefined ? right.body : Buffer.from(body),
        };
        const verdict = verification(section).verify(request, NOW);
        assert.equal(verdict.ok ? 'accepted' : verdict.reason, wanted);
      });
    }
  }

  it('is tried on more than 80 requests that are wrong', () => {
    const wrong = Object.values(CASES)
      .flat()
      .filter(({ wanted }) => wanted !== 'accepted');
    assert.ok(wrong.length >= 80, String(wrong.length));
  });
});

function defined(headers: Headers): SignedRequest['headers'] {
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}
