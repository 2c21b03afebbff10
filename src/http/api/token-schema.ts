import { z } from 'zod';
import { SCOPES } from '../../domain/scope.ts';
import { instantAnswer } from './answer-schemas.ts';

const token = z.strictObject({
  name: z.string(),
  status: z.enum(['live', 'expired', 'revoked']),
  scopes: z.array(z.enum(SCOPES)),
  instances: z.array(z.string()).nullable(),
  created_at: instantAnswer,
  created_by: z.string(),
  expires_at: instantAnswer.nullable(),
  revoked_at: instantAnswer.nullable(),
  revoked_by: z.string().nullable(),
  last_used_at: instantAnswer.nullable(),
  last_used_from: z.string().nullable(),
});

/** What is known of a token, itself left out. */
export const tokenAnswer = token.meta({ id: 'Token' });

/** A new token with its text, which is not told again. */
export const createdTokenAnswer = token.extend({ token: z.string() }).meta({ id: 'CreatedToken' });
