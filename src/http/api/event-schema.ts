import { z } from 'zod';
import { instantAnswer, jsonAnswer } from './answer-schemas.ts';

/** An event with its payload. */
export const eventAnswer = z
  .strictObject({
    event_id: z.string(),
    type: z.string(),
    source: z.string(),
    occurred_at: instantAnswer,
    created_at: instantAnswer,
    dedupe_key: z.string().nullable(),
    job_id: z.string().nullable(),
    attempt: z.int().nullable(),
    root_job_id: z.string().nullable(),
    depth: z.int(),
    payload: jsonAnswer,
  })
  .meta({ id: 'Event' });
