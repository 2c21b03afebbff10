import { z } from 'zod';
import { errorAnswer, instantAnswer, jsonAnswer } from './answer-schemas.ts';
import { heldAnswer } from './job-schema.ts';
import { breakerAnswer, countsAnswer } from './status-schema.ts';

/** An instance with its plugin, limits, queue and breakers. */
export const instanceAnswer = z
  .strictObject({
    instance: z.string(),
    plugin: z.string(),
    version: z.string().nullable(),
    description: z.string().nullable(),
    enabled: z.boolean(),
    directory: z.string().nullable(),
    concurrency: z.int(),
    rate_limit: z.strictObject({ count: z.int(), per_ms: z.int() }).nullable(),
    retry: z.strictObject({ max_attempts: z.int(), base_ms: z.int(), cap_ms: z.int() }),
    commands: z.array(
      z.strictObject({
        command: z.string(),
        description: z.string().nullable(),
        idempotent: z.boolean(),
        timeout_ms: z.int(),
        input_schema: jsonAnswer,
      }),
    ),
    events: z.array(z.strictObject({ type: z.string(), schema: jsonAnswer })),
    config_keys: z.strictObject({
      required: z.array(z.string()),
      optional: z.array(z.string()),
      secret: z.array(z.string()),
      paths: z.array(z.string()),
    }),
    counts: countsAnswer,
    paused_at: instantAnswer.nullable(),
    unhealthy_since: instantAnswer.nullable(),
    init_job_id: z.string().nullable(),
    held: heldAnswer.nullable(),
    breakers: z.array(breakerAnswer),
  })
  .meta({ id: 'Instance' });

/** What a health check found. */
export const healthAnswer = z
  .strictObject({
    instance: z.string(),
    health: z.enum(['ok', 'failed', 'none', 'not_run']),
    reason: z.string().nullable(),
    job_id: z.string().nullable(),
    error: errorAnswer.nullable(),
    result: jsonAnswer,
  })
  .meta({ id: 'Health' });

/** One version of the state of an instance. */
export const stateAnswer = z
  .strictObject({
    instance: z.string(),
    version: z.int(),
    at: instantAnswer.nullable(),
    job_id: z.string().nullable(),
    masked: z.boolean(),
    state: jsonAnswer,
  })
  .meta({ id: 'State' });

/** A state that was set; `changed` is false when it was so already. */
export const stateSetAnswer = z
  .strictObject({ instance: z.string(), version: z.int(), changed: z.boolean() })
  .meta({ id: 'StateSet' });
