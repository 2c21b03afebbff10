import { z } from 'zod';
import { EXPLAINED_KINDS } from '../../domain/explain/explanation.ts';
import { instantAnswer, jsonAnswer } from './answer-schemas.ts';

/** Why something happened or did not. */
export const explanationAnswer = z
  .strictObject({
    kind: z.enum(EXPLAINED_KINDS),
    id: z.string(),
    summary: z.string(),
    reasons: z.array(
      z.strictObject({
        code: z.string(),
        at: instantAnswer.nullable(),
        count: z.int(),
        text: z.string(),
        values: jsonAnswer,
      }),
    ),
    next: z.string().nullable(),
    next_at: instantAnswer.nullable(),
    hint: z.string().nullable(),
    hints: z.array(z.string()),
  })
  .meta({ id: 'Explanation' });
