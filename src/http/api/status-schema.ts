import { z } from 'zod';
import { JOB_STATUSES } from '../../domain/job.ts';
import { instantAnswer } from './answer-schemas.ts';
import { heldAnswer } from './job-schema.ts';
import { scheduleAnswer } from './schedule-schema.ts';

/** Jobs by status. */
export const countsAnswer = z
  .strictObject({
    queued: z.int(),
    running: z.int(),
    succeeded: z.int(),
    failed: z.int(),
    dead: z.int(),
    cancelled: z.int(),
    retrying: z.int().meta({ description: 'Of the queued jobs, those that failed and wait for their next try.' }),
    capped: z.array(z.enum(JOB_STATUSES)).optional().meta({ description: 'Numbers that are lower bounds.' }),
    retrying_capped: z.boolean().optional().meta({ description: 'True: `retrying` is a lower bound.' }),
  })
  .meta({ id: 'Counts', description: 'Active jobs in all, ended ones of the last 24 hours.' });

/** The circuit breaker of a command. */
export const breakerAnswer = z
  .strictObject({
    command: z.string(),
    state: z.enum(['closed', 'open', 'half_open']),
    failures: z.int(),
    opened_at: instantAnswer.nullable(),
  })
  .meta({ id: 'Breaker' });

/** An expectation with its last sight. */
export const expectationAnswer = z
  .strictObject({
    name: z.string(),
    expected: z.string(),
    within_ms: z.int(),
    since: instantAnswer,
    last_seen_at: instantAnswer.nullable(),
    due_at: instantAnswer,
    missed_since: instantAnswer.nullable(),
  })
  .meta({ id: 'Expectation' });

/** The gateway at a glance. */
export const statusAnswer = z
  .strictObject({
    name: z.string(),
    running: z.boolean(),
    pid: z.int().nullable(),
    started_at: instantAnswer.nullable(),
    paused_at: instantAnswer.nullable(),
    webhooks_at: z.string().nullable(),
    webhooks_listen: z
      .string()
      .nullable()
      .meta({ description: 'Where webhooks should be listened for; null: none is configured.' }),
    api_at: z.string().nullable(),
    config_file: z.string(),
    config_version: z.string(),
    slots: z.int(),
    jobs: countsAnswer,
    instances: z.array(
      z.strictObject({
        instance: z.string(),
        plugin: z.string(),
        enabled: z.boolean(),
        jobs: countsAnswer,
        paused_at: instantAnswer.nullable(),
        unhealthy_since: instantAnswer.nullable(),
        held: heldAnswer.nullable(),
        breakers: z.array(breakerAnswer),
      }),
    ),
    schedules: z.array(scheduleAnswer),
    expectations: z.array(expectationAnswer),
    store: z.strictObject({ calls: z.int(), transactions: z.int(), syncs: z.int() }),
    backup: z
      .strictObject({
        dir: z.string(),
        keep: z.int(),
        last: z.strictObject({ file: z.string(), at: instantAnswer, bytes: z.int() }).nullable(),
        next_at: instantAnswer.nullable(),
        making: z.boolean(),
        failing_since: instantAnswer.nullable(),
        error: z.string().nullable(),
      })
      .nullable(),
    storage: z.strictObject({ ok: z.boolean(), since: instantAnswer.nullable(), message: z.string().nullable() }),
  })
  .meta({ id: 'Status' });
