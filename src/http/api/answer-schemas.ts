import { z } from 'zod';
import type { Json } from '../../domain/json.ts';

/** RFC 3339 UTC. */
export const instantAnswer = z.string().meta({ format: 'date-time' });

/** Any JSON value. */
export const jsonAnswer = z
  .custom<Json>((value) => value !== undefined, 'is missing')
  .meta({ id: 'Json', description: 'Any JSON value.' });

/** An error code with what happened. */
export const errorAnswer = z.strictObject({ code: z.string(), message: z.string() }).meta({ id: 'JobError' });

/** A page of a list: the items under their plural noun, and where the next page begins. */
export function listAnswer<S extends z.ZodType>(noun: string, item: S) {
  return z.strictObject({ [noun]: z.array(item), next_cursor: z.string().nullable() });
}
