import { z } from 'zod';
import { instantAnswer, jsonAnswer } from './answer-schemas.ts';
import { decisionAnswer } from './decision-schema.ts';

/** A route of the configuration; what is null has its default. */
export const routeAnswer = z
  .strictObject({
    route: z.string(),
    from: z.string().nullable(),
    event_type: z.string(),
    when: z.string().nullable(),
    to: z.array(z.strictObject({ instance: z.string(), command: z.string() })),
    delay_ms: z.int(),
    priority: z.int().nullable(),
    max_attempts: z.int().nullable(),
    timeout_ms: z.int().nullable(),
  })
  .meta({ id: 'Route' });

/** What an event would lead to. */
export const routeTestAnswer = z
  .strictObject({
    type: z.string(),
    source: z.string(),
    jobs: z.array(
      z.strictObject({
        instance: z.string(),
        command: z.string(),
        payload: jsonAnswer,
        dedupe_key: z.string().nullable(),
        priority: z.int(),
        run_at: instantAnswer,
        submitted_by: z.string(),
      }),
    ),
    decisions: z.array(decisionAnswer),
  })
  .meta({ id: 'RouteTest' });
