import { z } from 'zod';
import { parseInstant } from '../../domain/instant.ts';
import type { Json } from '../../domain/json.ts';
import { parseDuration } from '../../domain/units.ts';

/** Longest time a request may wait for a job to end, in milliseconds. */
const MAX_WAIT_MS = 3_600_000;

/** Epoch milliseconds of an RFC 3339 instant. */
export const instantField = z
  .string()
  .meta({ format: 'date-time' })
  .transform((text, context) => {
    const at = parseInstant(text);
    if (at !== null) return at;
    context.addIssue({ code: 'custom', message: `"${text}" is not an RFC 3339 instant such as 2026-11-23T10:00:00Z` });
    return z.NEVER;
  });

/** Any JSON value; default `{}`. */
export const payloadField = z
  .custom<Json>((value) => value !== undefined)
  .default({})
  .meta({ description: 'Any JSON value.' });

/** A dedupe key, or none. */
export const dedupeKeyField = z
  .string()
  .min(1)
  .max(500)
  // Stored as UTF-8, all halves become one character: a job would be absorbed by that of another key.
  .refine((key) => key.isWellFormed(), 'it holds half a surrogate pair')
  .nullable()
  .default(null);

/** The query of a request that may wait for a job to end: `?wait=10s`. */
export const waitQuery = z.strictObject({
  wait: z
    .string()
    .meta({ description: 'How long to wait for the end of the job, up to `1h`.', examples: ['10s'] })
    .transform((text, context) => {
      const ms = parseDuration(text);
      if (ms !== null && ms <= MAX_WAIT_MS) return ms;
      context.addIssue({ code: 'custom', message: `"${text}" is not a duration up to 1h such as 250ms, 30s or 15m` });
      return z.NEVER;
    })
    .default(0),
});

/** `true` or `false` in a query; false when it is missing. */
export const flagField = z
  .enum(['true', 'false'])
  .default('false')
  .transform((text) => text === 'true');

/** What every list takes. */
export const pageFields = {
  limit: z.coerce.number().int().min(1).max(500).default(50).meta({ description: 'How many to list.' }),
  cursor: z
    .string()
    .max(200)
    .nullable()
    .default(null)
    .meta({ description: 'Where the page begins: `next_cursor` of the page before.' }),
};

/** What a route with `:id` in its path takes. */
export const idParameter = z.object({ id: z.string() });
