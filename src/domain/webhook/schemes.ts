import { readDiscordKey, readStandardSecret } from './secret-text.ts';
import type { SchemeHeaders, SignatureScheme } from './signature.ts';
import { prefixedHeader, STRIPE_HEADER, VERSIONED_HEADER } from './signature-header.ts';
import { fillTemplate, parseTemplate } from './signed-template.ts';
import { ed25519Key, hmacKey, type SigningKey } from './signing-key.ts';
import { twilioMessages } from './twilio-message.ts';

/** What a scheme in which the sender signs consists of, but for its tolerance. */
export interface SchemePreset {
  readonly signature: Omit<SignatureScheme, 'scheme' | 'toleranceMs'>;
  /** The key that a secret of the configuration holds; null: it holds none. */
  readonly key: (secret: string) => SigningKey | null;
}

const NO_HEADERS = { timestamp: null, id: null, event: null };

const COMMON = {
  form: prefixedHeader(''),
  encoding: 'hex',
  timestamp: { from: 'nowhere' },
  unitMs: 1_000,
  messages: templated('{body}'),
  signsId: false,
  idKey: null,
  repeats: 'id_or_body',
  telling: [],
} as const satisfies Partial<SchemePreset['signature']>;

/** A message made from a template that is known to be well formed. */
export function templated(template: string): SignatureScheme['messages'] {
  const parsed = parseTemplate(template) ?? [];
  return ({ body }, parts) => [fillTemplate(parsed, { body, ...parts })];
}

/** HMAC-SHA256 with the secret as it is written. */
function hmacSha256(version = '') {
  return (secret: string) => hmacKey(Buffer.from(secret, 'utf8'), 'sha256', version);
}

/** Headers of Standard Webhooks under a prefix. */
function standardHeaders(prefix: string, event: string | null = null): SchemeHeaders {
  return { signature: `${prefix}-signature`, timestamp: `${prefix}-timestamp`, id: `${prefix}-id`, event };
}

function forgeHeaders(forge: string): SchemeHeaders {
  return {
    signature: `x-${forge}-signature`,
    timestamp: null,
    id: `x-${forge}-delivery`,
    event: `x-${forge}-event`,
  };
}

function standardKey(secret: string): SigningKey | null {
  const read = readStandardSecret(secret);
  if (read === null) return null;
  return read.kind === 'ed25519' ? ed25519Key(read.bytes, 'v1a') : hmacKey(read.bytes, 'sha256', 'v1');
}

/** https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md */
const STANDARD = {
  ...COMMON,
  headers: [standardHeaders('webhook'), standardHeaders('svix')],
  form: VERSIONED_HEADER,
  encoding: 'base64',
  timestamp: { from: 'header' },
  messages: templated('{id}.{timestamp}.{body}'),
  signsId: true,
  repeats: 'id',
} as const satisfies SchemePreset['signature'];

/** Schemes of well-known senders. Whether upper-case hexadecimal digits are taken follows the sender's own verifier. */
export const PRESETS = {
  /** https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries */
  github: {
    key: hmacSha256(),
    signature: {
      ...COMMON,
      headers: [{ ...NO_HEADERS, signature: 'x-hub-signature-256', id: 'x-github-delivery', event: 'x-github-event' }],
      form: prefixedHeader('sha256='),
      telling: ['x-github-hook-id', 'x-github-hook-installation-target-type', 'x-github-hook-installation-target-id'],
    },
  },
  /** https://docs.gitea.com/usage/webhooks; Forgejo and Gogs sign alike, under headers of their own besides. */
  gitea: {
    key: hmacSha256(),
    signature: {
      ...COMMON,
      headers: [forgeHeaders('forgejo'), forgeHeaders('gitea'), forgeHeaders('gogs')],
    },
  },
  /** https://docs.gitlab.com/user/project/integrations/webhooks/ (signing tokens): Standard Webhooks with GitLab's event header. */
  gitlab: {
    key: standardKey,
    signature: {
      ...STANDARD,
      headers: [standardHeaders('webhook', 'x-gitlab-event')],
      telling: ['x-gitlab-instance', 'x-gitlab-event-uuid', 'idempotency-key'],
    },
  },
  /** https://docs.stripe.com/webhooks#verify-manually */
  stripe: {
    key: hmacSha256('v1'),
    signature: {
      ...COMMON,
      headers: [{ ...NO_HEADERS, signature: 'stripe-signature' }],
      form: STRIPE_HEADER,
      timestamp: { from: 'signature' },
      messages: templated('{timestamp}.{body}'),
      idKey: 'id',
      repeats: 'id',
    },
  },
  /** https://docs.slack.dev/authentication/verifying-requests-from-slack; commands and interactions have no id, so a captured one is told by its body. */
  slack: {
    key: hmacSha256(),
    signature: {
      ...COMMON,
      headers: [{ ...NO_HEADERS, signature: 'x-slack-signature', timestamp: 'x-slack-request-timestamp' }],
      form: prefixedHeader('v0='),
      timestamp: { from: 'header' },
      messages: templated('v0:{timestamp}:{body}'),
      idKey: 'event_id',
      telling: ['x-slack-retry-num', 'x-slack-retry-reason'],
    },
  },
  /** https://shopify.dev/docs/apps/build/webhooks/subscribe/https */
  shopify: {
    key: hmacSha256(),
    signature: {
      ...COMMON,
      headers: [
        { ...NO_HEADERS, signature: 'x-shopify-hmac-sha256', id: 'x-shopify-webhook-id', event: 'x-shopify-topic' },
      ],
      encoding: 'base64',
      telling: ['x-shopify-shop-domain', 'x-shopify-api-version', 'x-shopify-event-id', 'x-shopify-triggered-at'],
    },
  },
  /** https://linear.app/developers/webhooks#securing-webhooks */
  linear: {
    key: hmacSha256(),
    signature: {
      ...COMMON,
      headers: [{ ...NO_HEADERS, signature: 'linear-signature', id: 'linear-delivery', event: 'linear-event' }],
      encoding: 'hex-any-case',
      timestamp: { from: 'body', key: 'webhookTimestamp' },
      unitMs: 1,
    },
  },
  twilio: {
    key: (secret) => hmacKey(Buffer.from(secret, 'utf8'), 'sha1'),
    signature: {
      ...COMMON,
      headers: [{ ...NO_HEADERS, signature: 'x-twilio-signature', id: 'i-twilio-idempotency-token' }],
      encoding: 'base64',
      messages: ({ url, body }) => twilioMessages(url, body),
    },
  },
  /** https://docs.discord.com/developers/interactions/overview#setting-up-an-endpoint-validating-security-request-headers; events, other than interactions, have no id. */
  discord: {
    key: (secret) => {
      const bytes = readDiscordKey(secret);
      return bytes === null ? null : ed25519Key(bytes);
    },
    signature: {
      ...COMMON,
      headers: [{ ...NO_HEADERS, signature: 'x-signature-ed25519', timestamp: 'x-signature-timestamp' }],
      encoding: 'hex-any-case',
      timestamp: { from: 'header' },
      messages: templated('{timestamp}{body}'),
      idKey: 'id',
    },
  },
  standard: { key: standardKey, signature: STANDARD },
} as const satisfies Readonly<Record<string, SchemePreset>>;
