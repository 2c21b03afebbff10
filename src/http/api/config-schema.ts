import { z } from 'zod';
import { instantAnswer, jsonAnswer } from './answer-schemas.ts';
import { locationAnswer } from './problem-schema.ts';

const inForce = { version: z.string(), file: z.string() };

/** The configuration in force as YAML. */
export const configAnswer = z.strictObject({ ...inForce, text: z.string() }).meta({ id: 'Config' });

/** Every value in force with where it comes from. */
export const configValuesAnswer = z
  .strictObject({
    ...inForce,
    values: z.array(
      z.strictObject({
        path: z.string(),
        value: jsonAnswer,
        origin: z.strictObject({
          kind: z.enum(['file', 'environment', 'secret_file', 'defaults', 'manifest', 'default']),
          location: locationAnswer.nullable(),
          reference: z.string().nullable(),
        }),
      }),
    ),
  })
  .meta({ id: 'ConfigValues' });

/** A configuration that came into force. */
export const configVersionAnswer = z.strictObject({ ...inForce, at: instantAnswer }).meta({ id: 'ConfigVersion' });

/** The same with its text. */
export const configTextAnswer = z
  .strictObject({ ...configVersionAnswer.shape, text: z.string() })
  .meta({ id: 'ConfigText' });
