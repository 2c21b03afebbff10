import { createPrivateKey, createPublicKey, sign } from 'node:crypto';
import { endpointSchema } from '../../src/domain/config/webhooks.ts';
import { compileVerification } from '../../src/domain/webhook/compile-verification.ts';
import type { SignedRequest, Verification } from '../../src/domain/webhook/verification.ts';

/** 2026-11-23T12:00:00Z. */
export const NOW = 1_795_435_200_000;
export const URL = 'https://hooks.example.org/hook/x';

/** Compiles a `verify` section as it would stand in a file. */
export function verification(section: object): Verification {
  return compileVerification(endpointSchema.shape.verify.parse(section));
}

const PRIVATE_KEY = createPrivateKey({
  key: Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), Buffer.alloc(32, 7)]),
  format: 'der',
  type: 'pkcs8',
});

/** Public half of the key that `signEd25519` signs with, 32 bytes. */
export const PUBLIC_KEY = createPublicKey(PRIVATE_KEY).export({ format: 'der', type: 'spki' }).subarray(-32);

export function signEd25519(message: string | Buffer): Buffer {
  return sign(null, Buffer.from(message), PRIVATE_KEY);
}

/** A scheme with a request that it accepts at `NOW`. */
export interface Sample {
  readonly name: string;
  readonly verification: Verification;
  readonly request: SignedRequest;
}

const BODIES: Readonly<Record<string, string>> = {
  linear: `{"action":"create","webhookTimestamp":${NOW}}`,
  slack: '{"type":"event_callback","event_id":"Ev08MFMKH6"}',
  stripe: '{"id":"evt_1","object":"event"}',
  telegram: '{"update_id":10000}',
  discord: '{"id":"786008729715212338","type":2}',
  twilio: 'CallSid=CA1&To=%2B18005551212&From=%2B14158675310&Body=caf%C3%A9+au+lait',
};

const SECRETS = ['an-example-of-a-secret', 'another-one-of-these'];
const STANDARD_SECRETS = ['whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', 'whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYX'];

/** The `verify` section of each sample, by its name. */
export const SECTIONS: Readonly<Record<string, object>> = {
  github: { scheme: 'github', secrets: SECRETS },
  gitlab: { scheme: 'gitlab', secrets: SECRETS },
  'gitlab-signed': { scheme: 'gitlab', secrets: [...STANDARD_SECRETS, ...SECRETS] },
  gitea: { scheme: 'gitea', secrets: SECRETS },
  stripe: { scheme: 'stripe', secrets: SECRETS },
  slack: { scheme: 'slack', secrets: SECRETS },
  shopify: { scheme: 'shopify', secrets: SECRETS },
  linear: { scheme: 'linear', secrets: SECRETS },
  twilio: { scheme: 'twilio', secrets: SECRETS },
  discord: { scheme: 'discord', secrets: [PUBLIC_KEY.toString('hex')] },
  telegram: { scheme: 'telegram', secrets: SECRETS },
  standard: { scheme: 'standard', secrets: STANDARD_SECRETS },
  'standard-public': { scheme: 'standard', secrets: [`whpk_${PUBLIC_KEY.toString('base64')}`] },
  hmac: { scheme: 'hmac', secrets: SECRETS, header: 'X-Sig' },
  'hmac-timed': {
    scheme: 'hmac',
    secrets: SECRETS,
    header: 'X-Sig',
    algorithm: 'sha512',
    encoding: 'base64url',
    prefix: 'v2:',
    signed: '{id}/{timestamp}/{body}',
    id_header: 'X-Id',
    timestamp_header: 'X-Time',
  },
  bearer: { scheme: 'bearer', secrets: SECRETS },
  basic: { scheme: 'basic', secrets: SECRETS, username: 'gateway' },
};

/** A request that is accepted at `now`, under that section. */
export function accepted(
  section: object,
  { name, now = NOW, id = 'delivery-1' }: { name: string; now?: number; id?: string },
): SignedRequest {
  const body = Buffer.from(BODIES[name] ?? '{"a":1}');
  const request = { method: 'POST', url: URL, id, body };
  const headers = verification(section).sign(request, now) ?? signedPrivately(name, { id, body, now });
  return { method: 'POST', url: URL, headers, body };
}

function signedPrivately(
  name: string,
  { id, body, now }: { id: string; body: Buffer; now: number },
): Readonly<Record<string, string>> {
  const timestamp = String(Math.floor(now / 1_000));
  if (name === 'discord') {
    const signature = signEd25519(`${timestamp}${body}`).toString('hex');
    return { 'x-signature-ed25519': signature, 'x-signature-timestamp': timestamp };
  }
  const signature = signEd25519(`${id}.${timestamp}.${body}`).toString('base64');
  return { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': `v1a,${signature}` };
}

/** One for each scheme that proves anything. */
export const SAMPLES: readonly Sample[] = Object.entries(SECTIONS).map(([name, section]) => ({
  name,
  verification: verification(section),
  request: accepted(section, { name }),
}));
