import { z } from 'zod';
import { secretFault } from '../webhook/secret-text.ts';
import { holdsPart, parseTemplate } from '../webhook/signed-template.ts';
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

/** Messages that do not begin with "expected" show nothing of what was found. */
const NOT_SHOWN = { error: 'must be text of 1 to 10000 characters' };
const secret = z.string(NOT_SHOWN).min(1, NOT_SHOWN).max(10_000, NOT_SHOWN);

const HMAC_ONLY = ['algorithm', 'header', 'prefix', 'encoding', 'signed', 'timestamp_header', 'id_header'] as const;

const verifySchema = section(
  {
    scheme: choice(SCHEMES).describe('How the sender proves itself.'),
    secrets: z
      .array(secret, { error: 'must be a list of secrets' })
      .min(1, { error: 'must hold at least one secret' })
      .max(16, { error: 'must hold at most 16 secrets' })
      .optional()
      .describe(
        'Secrets (for `discord`: public keys; for `basic`: passwords); several while one is replaced by another. `standard`: base64 after `whsec_`, public keys after `whpk_`; `gitlab`: signing tokens begin with `whsec_`, others are secret tokens.',
      ),
    username: matching(/^[^:\p{Cc}]{1,256}$/u, {
      expected: 'a user name of at most 256 characters, without a colon',
      problem: 'invalid_value',
      kind: 'user name',
    })
      .optional()
      .describe('User name; `basic` only.'),
    tolerance: duration({ min: 1_000, max: 86_400_000 })
      .describe(
        'How far a signed timestamp may be from now, in the future too; that far is still accepted. Only for schemes with timestamps.',
      )
      .prefault('5m'),
    algorithm: choice(['sha256', 'sha1', 'sha512']).optional().describe('`hmac` only. Default: `sha256`.'),
    header: headerName.optional().describe('Header that holds the signature; `hmac` only.'),
    prefix: z
      .string({ error: 'expected text' })
      .max(64, { error: 'expected text of at most 64 characters' })
      .optional()
      .describe('What stands before the signature, such as `sha256=`; `hmac` only.'),
    encoding: choice(['hex', 'base64', 'base64url'])
      .optional()
      .describe('`hmac` only. Default: `hex`, in either case.'),
    signed: text('a template', 1_000)
      .optional()
      .describe('What is signed: a template of `{body}`, `{timestamp}`, `{id}`; `hmac` only. Default: `{body}`.'),
    timestamp_header: headerName
      .optional()
      .describe('Header that holds the timestamp, in whole seconds; it must be part of `signed`. `hmac` only.'),
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
  const invalid = (path: (string | number)[], message: string, hint: string) =>
    context.addIssue({
      code: 'custom',
      path,
      message,
      params: { problem: 'invalid_value', hint } satisfies IssueParams,
    });
  if (!SCHEMES.includes(verify.scheme)) return;
  for (const { key, only } of strangers(verify))
    invalid([key], `expected no \`${key}\` with \`scheme: ${verify.scheme}\``, `remove it; ${only}`);
  if (verify.scheme === 'none') {
    if (verify.i_understand_this_is_public === undefined)
      missing('i_understand_this_is_public: true', '`scheme: none`');
    return;
  }
  if (verify.secrets === undefined) missing('secrets', `\`scheme: ${verify.scheme}\``);
  for (const [index, secret] of textsOf(verify.secrets).entries()) {
    const fault = secret === null ? null : secretFault(verify.scheme, secret);
    if (fault !== null) invalid(['secrets', index], fault, 'copy it again from where the sender shows it');
  }
  if (verify.scheme === 'basic' && verify.username === undefined) missing('username', '`scheme: basic`');
  if (verify.scheme !== 'hmac') return;
  if (verify.header === undefined) missing('header', '`scheme: hmac`');
  const { signed } = verify;
  const template = parseTemplate(typeof signed === 'string' ? signed : '{body}');
  if (template === null) {
    invalid(['signed'], 'expected a template of `{body}`, `{timestamp}` and `{id}`', 'other braces cannot stand in it');
    return;
  }
  if (!holdsPart(template, 'body')) {
    invalid(['signed'], 'expected a template with `{body}`', 'a signature that does not cover the body proves nothing');
  }
  if (holdsPart(template, 'timestamp') && verify.timestamp_header === undefined)
    missing('timestamp_header', '`{timestamp}`');
  if (holdsPart(template, 'id') && verify.id_header === undefined) missing('id_header', '`{id}`');
  if (verify.timestamp_header !== undefined && !holdsPart(template, 'timestamp')) {
    invalid(
      ['timestamp_header'],
      'expected `{timestamp}` in `signed`',
      'a timestamp that is not signed can be set by anybody who resends a request',
    );
  }
}, MAP_EVEN_IF_FAULTY);

/** A `verify` section, decoded. */
export type VerifySection = z.output<typeof verifySchema>;

/** Keys that the scheme has no use for, with what has. */
function strangers(
  verify: object & { readonly scheme: string },
): readonly { readonly key: string; readonly only: string }[] {
  const { scheme } = verify;
  const rows: readonly (readonly [string, boolean, string])[] = [
    ...HMAC_ONLY.map((key) => [key, scheme === 'hmac', 'only `hmac` has it'] as const),
    ['username', scheme === 'basic', 'only `basic` has it'],
    ['secrets', scheme !== 'none', '`none` checks nothing'],
    ['i_understand_this_is_public', scheme === 'none', 'only `none` has it'],
  ];
  return rows
    .filter(([key, known]) => !known && Object.hasOwn(verify, key) && Reflect.get(verify, key) !== undefined)
    .map(([key, , only]) => ({ key, only }));
}

/** The texts of a list that may be faulty; null for what is none. */
function textsOf(list: unknown): readonly (string | null)[] {
  return Array.isArray(list) ? list.map((entry: unknown) => (typeof entry === 'string' ? entry : null)) : [];
}

const network = matching(/^[0-9a-fA-F.:]+(\/\d{1,3})?$/, {
  expected: 'an IP address or network such as `10.0.0.0/8`',
  problem: 'invalid_value',
  kind: 'network',
});

const challengeSchema = section(
  {
    kind: choice(['meta', 'microsoft']).describe(
      '`meta`: `hub.challenge` is returned when `hub.verify_token` is right; `microsoft`: `validationToken` is returned.',
    ),
    token: secret.optional().describe('What `hub.verify_token` must be; `meta` only.'),
  },
  'a map with `kind`',
).superRefine((challenge, context) => {
  if (challenge.kind === 'meta' && challenge.token === undefined) {
    context.addIssue({
      code: 'custom',
      message: '`kind: meta` needs `token`',
      params: { problem: 'missing_key' } satisfies IssueParams,
    });
  }
  if (challenge.kind === 'microsoft' && challenge.token !== undefined) {
    context.addIssue({
      code: 'custom',
      path: ['token'],
      message: '`kind: microsoft` has no `token`',
      params: { problem: 'invalid_value', hint: 'remove it; only `meta` has it' } satisfies IssueParams,
    });
  }
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
    body: choice(['json', 'form', 'raw'])
      .optional()
      .describe('How the body is read, whatever a request says it is. Default: `form` for `twilio`, else `json`.'),
    query: listOf(text('the name of a query parameter', 128), 'a list of query parameters')
      .describe('Query parameters that are passed on.')
      .default([]),
    content_types: listOf(
      matching(/^[A-Za-z0-9!#$&^_.+-]{1,64}\/[A-Za-z0-9!#$&^_.+-]{1,64}$/, {
        expected: 'a media type without parameters, such as `application/json`',
        problem: 'invalid_value',
        kind: 'media type',
      }),
      'a list of content types',
    )
      .optional()
      .describe(
        'Accepted media types; an empty list: any, and none. Default: `application/json` for `json`, `application/x-www-form-urlencoded` for `form`, any for `raw`.',
      ),
    allow: listOf(network, 'a list of networks')
      .describe('Networks whose clients may deliver, such as `140.82.112.0/20`. Default: any.')
      .default([]),
    challenge: challengeSchema
      .optional()
      .describe('How a GET that asks whether somebody is there is answered. Default: it is refused.'),
    respond: section(
      {
        wait: duration({ min: 100, max: 300_000 }).describe(
          'How long the sender is kept for the end of the job, up to 5m; then it gets 202 with the id.',
        ),
      },
      'a map with `wait`',
    )
      .optional()
      .describe('Answer with the result of the job.'),
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
    trusted_proxies: listOf(network, 'a list of addresses')
      .describe('Proxies whose forwarding headers are believed.')
      .default([]),
    address_limit: rateLimitSchema
      .describe(
        'Requests from one client address, whatever becomes of them. Clients on this machine that name no forwarded address are exempt.',
      )
      .prefault({ count: 600, per: '1m' }),
    endpoints: listOf(endpointSchema, 'a list of endpoints').describe('The webhooks.').default([]),
  },
  'a map with `listen` and `endpoints`',
).describe('Deliveries from outside.');
