import { z } from 'zod';
import { listenSchema } from './api.ts';
import { MAP_EVEN_IF_FAULTY } from './even-if-faulty.ts';
import { jobTarget } from './job-target.ts';
import { rateLimitSchema, timeoutSchema } from './policies.ts';
import {
  choice,
  duration,
  flag,
  type IssueParams,
  listOf,
  matching,
  name,
  section,
  size,
  text,
  whole,
} from './scalars.ts';

const SCHEMES = [
  'github',
  'gitlab',
  'gitea',
  'stripe',
  'slack',
  'shopify',
  'linear',
  'twilio',
  'discord',
  'telegram',
  'standard',
  'hmac',
  'bearer',
  'basic',
  'none',
] as const;

const headerName = matching(/^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,128}$/, {
  expected: 'the name of a header',
  problem: 'invalid_value',
  kind: 'header',
});

const verifySchema = section(
  {
    scheme: choice(SCHEMES).describe('How the sender proves itself.'),
    secrets: listOf(text('a secret', 10_000), 'a list of secrets')
      .min(1, { error: 'expected at least one secret' })
      .optional()
      .describe(
        'Secrets (for `discord`: public keys; for `basic`: passwords); several while one is replaced by another.',
      ),
    username: text('a user name', 256).optional().describe('User name; `basic` only.'),
    tolerance: duration({ min: 1_000, max: 86_400_000 })
      .describe('How far a signed timestamp may be from now, in the future too.')
      .prefault('5m'),
    algorithm: choice(['sha256', 'sha1', 'sha512']).optional().describe('`hmac` only. Default: `sha256`.'),
    header: headerName.optional().describe('Header that holds the signature; `hmac` only.'),
    prefix: z
      .string({ error: 'expected text' })
      .max(64)
      .optional()
      .describe('What stands before the signature, such as `sha256=`; `hmac` only.'),
    encoding: choice(['hex', 'base64', 'base64url']).optional().describe('`hmac` only. Default: `hex`.'),
    signed: text('a template', 1_000)
      .optional()
      .describe('What is signed: a template of `{body}`, `{timestamp}`, `{id}`; `hmac` only. Default: `{body}`.'),
    timestamp_header: headerName.optional().describe('Header that holds the timestamp; `hmac` only.'),
    id_header: headerName.optional().describe('Header that holds the delivery id; `hmac` only.'),
    i_understand_this_is_public: z
      .literal(true, { error: 'expected true' })
      .optional()
      .describe('Must be spelled out with `scheme: none`.'),
  },
  'a map with `scheme` and `secrets`',
).superRefine((verify, context) => {
  const missing = (key: string, why: string) =>
    context.addIssue({
      code: 'custom',
      message: `${why} needs \`${key}\``,
      params: { problem: 'missing_key' } satisfies IssueParams,
    });
  if (verify.scheme === 'none') {
    if (verify.i_understand_this_is_public === undefined)
      missing('i_understand_this_is_public: true', '`scheme: none`');
    return;
  }
  if (!SCHEMES.includes(verify.scheme)) return;
  if (verify.secrets === undefined) missing('secrets', `\`scheme: ${verify.scheme}\``);
  if (verify.scheme === 'hmac' && verify.header === undefined) missing('header', '`scheme: hmac`');
  if (verify.scheme === 'basic' && verify.username === undefined) missing('username', '`scheme: basic`');
}, MAP_EVEN_IF_FAULTY);

/** One endpoint under `webhooks.endpoints`. */
export const endpointSchema = section(
  {
    name: name().describe('Name of the webhook.'),
    path: matching(/^\/[A-Za-z0-9._~!$&'()*+,;=:@%/-]*$/, {
      expected: 'a path such as `/hook/github`',
      problem: 'invalid_value',
      kind: 'path',
    }).describe('Path below the listen address.'),
    verify: verifySchema.describe('How deliveries are authenticated.'),
    to: jobTarget.optional().describe('Instance that gets a job: a name or `{ instance, command }`.'),
    emit: text('an event type', 1_000)
      .optional()
      .describe('Type of the event that is made; may hold `${{ … }}` over headers, query and body.'),
    mode: choice(['run', 'observe']).describe('`observe`: verify and record without running anything.').default('run'),
    raw: flag().describe('Pass on the raw body even when it is JSON.').default(false),
    headers: listOf(headerName, 'a list of headers')
      .describe('Headers that are passed on besides those of the scheme.')
      .default([]),
    max_body: size({ max: 25 * 1_048_576 })
      .describe('The largest body, up to 25MiB.')
      .prefault('1MiB'),
    content_types: listOf(text('a content type', 128), 'a list of content types')
      .describe('Accepted content types.')
      .default(['application/json']),
    dedupe: matching(/^(off|header:[A-Za-z0-9-]{1,128})$/, {
      expected: '`off` or `header:<name>`',
      problem: 'invalid_value',
      kind: 'dedupe',
    })
      .optional()
      .describe('What tells a repeated delivery: `header:<name>` or `off`. Default: by scheme.'),
    rate_limit: rateLimitSchema.optional().describe('Authenticated requests per span.'),
    priority: whole(-100, 100).describe('Priority of the job.').default(0),
    max_attempts: whole(1, 1_000).optional().describe('Instead of `retry.max_attempts`.'),
    timeout: timeoutSchema.optional().describe('Instead of `timeouts`.'),
  },
  'a map with `name`, `path`, `verify`, and `to` or `emit`',
).superRefine((endpoint, context) => {
  if (endpoint.to !== undefined || endpoint.emit !== undefined) return;
  context.addIssue({
    code: 'custom',
    message: 'a webhook needs `to` or `emit`',
    params: { problem: 'missing_key' } satisfies IssueParams,
  });
}, MAP_EVEN_IF_FAULTY);

/** `webhooks:`. */
export const webhooksSchema = section(
  {
    listen: listenSchema.describe('Address of the listener for webhooks.').default('127.0.0.1:8081'),
    public_url: matching(/^https?:\/\/\S+$/, {
      expected: 'an http or https address',
      problem: 'invalid_value',
      kind: 'address',
    })
      .optional()
      .describe('What the world calls the listener.'),
    trusted_proxies: listOf(
      matching(/^[0-9a-fA-F.:]+(\/\d{1,3})?$/, {
        expected: 'an IP address or network such as `10.0.0.0/8`',
        problem: 'invalid_value',
        kind: 'network',
      }),
      'a list of addresses',
    )
      .describe('Proxies whose forwarding headers are believed.')
      .default([]),
    endpoints: listOf(endpointSchema, 'a list of endpoints').describe('The webhooks.').default([]),
  },
  'a map with `listen` and `endpoints`',
).describe('Deliveries from outside.');
