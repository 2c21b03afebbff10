import { z } from 'zod';
import { instantAnswer, jsonAnswer } from './answer-schemas.ts';

/** A decision that was just made. */
export const decisionAnswer = z
  .strictObject({
    code: z.string(),
    text: z.string(),
    at: instantAnswer,
    job_id: z.string().nullable(),
    event_id: z.string().nullable(),
    instance: z.string().nullable(),
    schedule: z.string().nullable(),
    route: z.string().nullable(),
    values: jsonAnswer,
  })
  .meta({ id: 'Decision' });

/** A recorded decision with its repeats. */
export const storedDecisionAnswer = z
  .strictObject({ ...decisionAnswer.shape, count: z.int(), first_at: instantAnswer, last_at: instantAnswer })
  .meta({ id: 'StoredDecision' });
