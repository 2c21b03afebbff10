import { instantFor, instantsOf } from './schedule-zone.ts';

/** A grid of instants `everyMs` apart through midnight of 1 January 1970 on the zone's clock. It counts elapsed time: DST does not bend it. */
export interface IntervalGrid {
  readonly everyMs: number;
  readonly timezone: string;
}

/** The first grid instant after an instant. */
export function nextOnGrid(grid: IntervalGrid, after: number): number {
  const origin = gridOrigin(grid);
  return origin + (Math.floor((after - origin) / grid.everyMs) + 1) * grid.everyMs;
}

/** The last grid instant before an instant. */
export function previousOnGrid(grid: IntervalGrid, before: number): number {
  const origin = gridOrigin(grid);
  return origin + (Math.ceil((before - origin) / grid.everyMs) - 1) * grid.everyMs;
}

/** How many grid instants lie in (after, upTo]. */
export function countOnGrid(grid: IntervalGrid, after: number, upTo: number): number {
  const origin = gridOrigin(grid);
  return Math.floor((upTo - origin) / grid.everyMs) - Math.floor((after - origin) / grid.everyMs);
}

// Looking for it takes longer than to count on from it.
const origins = new Map<string, number>();

function gridOrigin({ timezone }: IntervalGrid): number {
  const known = origins.get(timezone);
  if (known !== undefined) return known;
  const origin = instantFor(instantsOf(timezone, 0), 'first');
  origins.set(timezone, origin);
  return origin;
}
