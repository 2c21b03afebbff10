import { formatInstant } from '../../domain/instant.ts';

/** RFC 3339 UTC with milliseconds, or null. */
export function instant(at: number | null): string | null {
  return at === null ? null : formatInstant(at);
}
