import { z } from 'zod';
import { instantAnswer } from './answer-schemas.ts';

/** When its slots are. */
const rhythmAnswer = z
  .discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('every'), every_ms: z.int() }),
    z.strictObject({ kind: z.literal('calendar'), unit: z.enum(['daily', 'weekly', 'monthly']) }),
    z.strictObject({ kind: z.literal('cron'), expression: z.string() }),
    z.strictObject({ kind: z.literal('at'), at: instantAnswer }),
  ])
  .meta({ id: 'Rhythm' });

/** A schedule with its last and next slot. */
export const scheduleAnswer = z
  .strictObject({
    schedule: z.string(),
    instance: z.string(),
    id: z.string(),
    rhythm: rhythmAnswer,
    timezone: z.string(),
    command: z.string(),
    paused_at: instantAnswer.nullable(),
    skip_at: instantAnswer.nullable(),
    last_slot_at: instantAnswer.nullable(),
    last_job_id: z.string().nullable(),
    next_at: instantAnswer.nullable(),
  })
  .meta({ id: 'Schedule' });

/** A schedule that was paused or resumed; `changed` is false when it was so already. */
export const schedulePausedAnswer = z
  .strictObject({ ...scheduleAnswer.shape, paused: z.boolean(), changed: z.boolean() })
  .meta({ id: 'SchedulePaused' });

/** A schedule that skips a slot; `changed` is false when it was to skip it already. */
export const scheduleSkippedAnswer = z
  .strictObject({ schedule: z.string(), skip_at: instantAnswer, changed: z.boolean() })
  .meta({ id: 'ScheduleSkipped' });
