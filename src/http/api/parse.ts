import type { z } from 'zod';
import { OperatorError } from '../../domain/errors.ts';
import { checkShape } from '../../domain/issue-text.ts';

/** A part of a request as its schema types it, or an OperatorError `usage` that names every field in the wrong. */
export function parse<S extends z.ZodType>(schema: S, value: unknown): z.output<S> {
  const checked = checkShape(schema, value ?? {});
  if (checked.ok) return checked.value;
  throw new OperatorError('usage', checked.texts.join('; '), {
    hint: 'mend the named fields and send the request again',
  });
}
