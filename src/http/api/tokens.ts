import { z } from 'zod';
import { SCOPES } from '../../domain/scope.ts';
import { parseDuration } from '../../domain/units.ts';
import { listAnswer } from './answer-schemas.ts';
import { flagField, pageFields } from './fields.ts';
import { NOTHING, type Route, route } from './route.ts';
import { createdTokenAnswer, tokenAnswer } from './token-schema.ts';
import { tokenView } from './token-view.ts';

/** Longest life of a token that is not to live for ever, in milliseconds: ten years. */
const LONGEST_MS = 3_650 * 86_400_000;

const nameField = z
  .string()
  .regex(/^[a-z][a-z0-9_-]{0,63}$/, 'is not a name: a lower-case letter, then at most 63 of [a-z0-9_-]');
const creation = z.strictObject({
  name: nameField,
  scopes: z
    .array(z.enum(SCOPES))
    .min(1)
    .max(SCOPES.length)
    .transform((scopes) => SCOPES.filter((scope) => scopes.includes(scope))),
  instances: z
    .array(z.string().max(64))
    .min(1)
    .max(1_000)
    .transform((names) => [...new Set(names)])
    .nullable()
    .default(null),
  expires_in: z
    .string()
    .max(32)
    .transform((text, context) => {
      const ms = parseDuration(text);
      if (ms !== null && ms > 0 && ms <= LONGEST_MS) return ms;
      context.addIssue({ code: 'custom', message: `"${text}" is not a duration up to 3650d such as 12h or 90d` });
      return z.NEVER;
    })
    .nullable()
    .default(null),
});
const tokenList = z.strictObject({ ...pageFields, all: flagField });
const nameParameter = z.object({ name: z.string() });

const create = route({
  method: 'POST',
  path: '/tokens',
  scope: 'admin',
  reach: 'gateway',
  summary: 'Creates a token. Its text is in this answer and nowhere else: only a hash of it is kept.',
  tag: 'tokens',
  params: NOTHING,
  query: NOTHING,
  body: creation,
  answers: { 201: { means: 'The token.', schema: createdTokenAnswer } },
  errors: ['unknown_instance', 'token_exists'],
  async handle({ body: { name, scopes, instances, expires_in: expiresIn } }, { operations, caller }) {
    const now = operations.now();
    const expiresAt = expiresIn === null ? null : now + expiresIn;
    const request = { name, scopes, instances, expiresAt, by: caller.submittedBy };
    const { token, text } = await operations.createToken(request);
    return { status: 201, body: { token: text, ...tokenView(token, now) }, exact: true };
  },
});

const list = route({
  method: 'GET',
  path: '/tokens',
  scope: 'admin',
  reach: 'gateway',
  summary: 'Lists the live tokens, newest first; with `all`, those that expired or were revoked, too.',
  tag: 'tokens',
  params: NOTHING,
  query: tokenList,
  body: null,
  answers: { 200: { means: 'A page of tokens.', schema: listAnswer('tokens', tokenAnswer) } },
  errors: [],
  async handle({ query: { all, ...page } }, { operations }) {
    const { items, nextCursor } = await operations.tokens({ all }, page);
    const now = operations.now();
    return { status: 200, body: { tokens: items.map((token) => tokenView(token, now)), next_cursor: nextCursor } };
  },
});

const revoke = route({
  method: 'DELETE',
  path: '/tokens/:name',
  scope: 'admin',
  reach: 'gateway',
  summary: 'Revokes a token at once; requests that last, such as streams, end.',
  tag: 'tokens',
  params: nameParameter,
  query: NOTHING,
  body: null,
  answers: { 200: { means: 'The token, revoked.', schema: tokenAnswer } },
  errors: ['not_found'],
  async handle({ params }, { operations, caller }) {
    const token = await operations.revokeToken(params.name, caller.submittedBy);
    return { status: 200, body: tokenView(token, operations.now()) };
  },
});

/** `/tokens`: create, list, revoke. */
export const TOKEN_ROUTES: readonly Route[] = [create, list, revoke];
