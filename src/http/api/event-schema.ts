import { z } from 'zod';
import { instantAnswer, jsonAnswer } from './answer-schemas.ts';
import { decisionAnswer, storedDecisionAnswer } from './decision-schema.ts';

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

/** An event with the jobs it led to and the decision of every route that looked at it. */
export const eventDetailAnswer = z
  .strictObject({ ...eventAnswer.shape, jobs: z.array(z.string()), decisions: z.array(storedDecisionAnswer) })
  .meta({ id: 'EventDetail' });

/** What an emission led to. */
export const emissionAnswer = z
  .strictObject({
    event_id: z.string(),
    duplicate: z.boolean(),
    jobs: z.array(z.string()),
    decisions: z.array(decisionAnswer),
  })
  .meta({ id: 'Emitted' });
