import { parseInstant } from './instant.ts';
import { instantFor, instantsOf } from './schedule-zone.ts';

/**
 * The instant that a person names: RFC 3339, or on the clock of a zone a date and time (`2027-03-28T02:30`) or a date,
 * which is its midnight. A reading that comes twice is the first, one that is left out the end of the gap. Null: none.
 */
export function localInstant(text: string, timezone: string): number | null {
  const timed = /^\d{4}-\d\d-\d\d$/.test(text) ? `${text}T00:00` : text;
  // RFC 3339 wants seconds; people leave them out.
  const full = timed.replace(/^(\S{10}[Tt ]\d\d:\d\d)(?=$|[Zz+-])/, '$1:00');
  const instant = parseInstant(full);
  if (instant !== null) return instant;
  const wall = parseInstant(`${full}Z`);
  return wall === null ? null : instantFor(instantsOf(timezone, wall), 'first');
}
