import { OperatorError } from '../domain/errors.ts';
import { parseInstant } from '../domain/instant.ts';
import { parseDuration } from '../domain/units.ts';

/** The instant that an option names, in epoch milliseconds: a duration back from `now`, or an RFC 3339 instant. */
export function sinceOf(text: string, now: number, option = '--since'): number {
  const back = parseDuration(text);
  const at = back === null ? parseInstant(text) : now - back;
  if (at !== null) return at;
  throw new OperatorError('usage', `${option} "${text}" is neither a duration nor an instant`, {
    hint: 'write 6h, or 2026-11-23T10:00:00Z',
  });
}
