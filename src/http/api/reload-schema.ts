import { z } from 'zod';
import { instantAnswer } from './answer-schemas.ts';
import { findingAnswer } from './problem-schema.ts';

const changes = z
  .strictObject({ added: z.array(z.string()), changed: z.array(z.string()), removed: z.array(z.string()) })
  .meta({ id: 'Changes' });

/** What a reload did, by names. */
export const reloadAnswer = z
  .strictObject({
    version: z.string(),
    previous_version: z.string(),
    unchanged: z.boolean(),
    settings: z.array(z.string()),
    instances: changes,
    routes: changes,
    schedules: changes,
    webhooks: changes,
    expectations: changes,
    warnings: z.array(findingAnswer),
  })
  .meta({ id: 'Reloaded' });

const foreseenJob = z.strictObject({ route: z.string(), instance: z.string(), command: z.string() });
const foreseenSlot = z.strictObject({ schedule: z.string(), at: instantAnswer });

/** What a reload would do. */
export const previewAnswer = z
  .strictObject({
    ...reloadAnswer.shape,
    preview: z.literal(true),
    events: z.strictObject({
      checked: z.int(),
      differences: z.array(
        z.strictObject({
          event_id: z.string(),
          type: z.string(),
          source: z.string(),
          lost: z.array(foreseenJob),
          gained: z.array(foreseenJob),
          changed: z.array(z.strictObject({ ...foreseenJob.shape, fields: z.array(z.string()) })),
        }),
      ),
    }),
    slots: z.strictObject({
      from: instantAnswer,
      to: instantAnswer,
      lost: z.array(foreseenSlot),
      gained: z.array(foreseenSlot),
      more: z.int(),
    }),
  })
  .meta({ id: 'ReloadPreview' });
