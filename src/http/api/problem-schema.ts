import { z } from 'zod';
import { OPERATOR_ERRORS } from '../../domain/errors.ts';

/** A place in a file; lines and columns count from 1. */
export const locationAnswer = z
  .strictObject({ file: z.string(), line: z.int(), column: z.int() })
  .meta({ id: 'Location' });

/** A finding in a configuration or manifest. */
export const findingAnswer = z
  .strictObject({
    severity: z.enum(['error', 'warning']),
    code: z.string(),
    message: z.string(),
    location: locationAnswer.nullable(),
    hint: z.string().nullable(),
  })
  .meta({ id: 'Finding' });

/** Any error (RFC 9457 problem details). */
export const problemAnswer = z
  .strictObject({
    type: z.literal('about:blank'),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    code: z.enum(Object.keys(OPERATOR_ERRORS)),
    hint: z.string(),
    location: locationAnswer.nullable(),
    problems: z.array(findingAnswer).optional(),
  })
  .meta({ id: 'Problem' });
