import { z } from 'zod';
import type { SecretHolding, SecretView } from '../../engine/secrets.ts';
import { instantAnswer, listAnswer } from './answer-schemas.ts';
import { instant } from './instant-view.ts';
import { NOTHING, type Route, route } from './route.ts';

const versionAnswer = z.string().nullable();

const secretAnswer = z
  .strictObject({
    name: z.string(),
    source: z.enum(['env', 'file', 'configuration']),
    masked: z.boolean(),
    warnings: z.array(z.string()),
    holders: z.array(
      z.strictObject({
        kind: z.enum(['instance', 'webhook', 'gateway']),
        name: z.string().nullable(),
        key: z.string(),
        reference: z.string().nullable(),
        since_version: versionAnswer,
        since_at: instantAnswer.nullable(),
        until_version: versionAnswer,
        until_at: instantAnswer.nullable(),
      }),
    ),
  })
  .meta({ id: 'Secret' });

/** A secret of the configuration without its value. */
export function secretView({ name, source, masked, warnings, holdings }: SecretView) {
  return { name, source, masked, warnings, holders: holdings.map(holderView) };
}

function holderView({ kind, name, key, reference, since, until }: SecretHolding) {
  return {
    kind,
    name,
    key,
    reference,
    since_version: since?.version ?? null,
    since_at: instant(since?.at ?? null),
    until_version: until?.version ?? null,
    until_at: instant(until?.at ?? null),
  };
}

const list = route({
  method: 'GET',
  path: '/secrets',
  scope: 'admin',
  reach: 'gateway',
  summary: 'Lists the secrets of the configuration with who has or had them, never their values.',
  tag: 'configuration',
  params: NOTHING,
  query: z.strictObject({ name: z.string().min(1).max(1_000).nullable().default(null) }),
  body: null,
  answers: { 200: { means: 'The secrets, or those that go by `name`.', schema: listAnswer('secrets', secretAnswer) } },
  errors: ['not_found'],
  async handle({ query: { name } }, { operations }) {
    const secrets = await operations.secrets(name);
    return { status: 200, body: { secrets: secrets.map(secretView), next_cursor: null } };
  },
});

/** `/api/v1/secrets`. */
export const SECRET_ROUTES: readonly Route[] = [list];
