import type { z } from 'zod';
import { OperatorError } from '../../domain/errors.ts';

/** A part of a request as its schema types it, or an OperatorError `usage` that names every field in the wrong. */
export function parse<S extends z.ZodType>(schema: S, value: unknown): z.output<S> {
  const result = schema.safeParse(value ?? {});
  if (result.success) return result.data;
  const found = result.error.issues.map(({ path, message }) =>
    path.length === 0 ? message : `${path.join('.')}: ${message}`,
  );
  throw new OperatorError('usage', found.join('; '), { hint: 'mend the named fields and send the request again' });
}
