import { Temporal } from 'temporal-polyfill';
import { nearest } from './did-you-mean.ts';
import { DAY_MS } from './schedule-civil.ts';

/**
 * A stretch of time during which a zone keeps one offset. Wall-clock time is written as a number throughout: the
 * milliseconds that UTC would have at that reading, so `wall = at + offsetMs`. The ends are infinite where the zone
 * data know no further transition.
 */
export interface ZoneSegment {
  /** First instant. */
  readonly from: number;
  /** First instant of the next segment. */
  readonly to: number;
  readonly offsetMs: number;
}

/** The instants at which a wall clock shows a reading: two in a fold, none in a gap (then `gapEndsAt` is its end). */
export type Reading =
  | { readonly kind: 'once'; readonly at: number }
  | { readonly kind: 'fold'; readonly firstAt: number; readonly secondAt: number }
  | { readonly kind: 'gap'; readonly gapEndsAt: number };

// Looking up transitions takes some 200 µs; the zone data do not change while the process runs.
const known = new Map<string, ZoneSegment[]>();

/** The segment of a zone's clock that holds an instant. */
export function segmentAt(timezone: string, at: number): ZoneSegment {
  const segments = known.get(timezone) ?? [];
  const found = segments.find((segment) => segment.from <= at && at < segment.to);
  if (found !== undefined) return found;
  const segment = readSegment(timezone, at);
  // Newest first: a running scheduler asks about the present.
  known.set(timezone, [segment, ...segments]);
  return segment;
}

function readSegment(timezone: string, at: number): ZoneSegment {
  const moment = Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(timezone);
  // `previous` is strictly before: a millisecond later, so that a transition at this very instant counts.
  const before = moment.add({ milliseconds: 1 }).getTimeZoneTransition('previous');
  const after = moment.getTimeZoneTransition('next');
  return {
    from: before?.epochMilliseconds ?? Number.NEGATIVE_INFINITY,
    to: after?.epochMilliseconds ?? Number.POSITIVE_INFINITY,
    offsetMs: moment.offsetNanoseconds / 1_000_000,
  };
}

/** When the wall clock of a zone shows a reading. */
export function instantsOf(timezone: string, wall: number): Reading {
  const instants: number[] = [];
  // No zone is further than a day from UTC.
  let segment = segmentAt(timezone, wall - DAY_MS);
  for (;;) {
    const at = wall - segment.offsetMs;
    if (at >= segment.from && at < segment.to) instants.push(at);
    const next = segment.to > wall + DAY_MS ? null : segmentAt(timezone, segment.to);
    if (next === null) break;
    if (instants.length === 0 && next.from + next.offsetMs > wall) return { kind: 'gap', gapEndsAt: next.from };
    segment = next;
  }
  const [firstAt, secondAt] = instants;
  if (firstAt === undefined) throw new Error(`the clock of ${timezone} never shows ${wall}`);
  return secondAt === undefined ? { kind: 'once', at: firstAt } : { kind: 'fold', firstAt, secondAt };
}

/** The one instant that a reading stands for: in a fold the chosen showing, in a gap its end. */
export function instantFor(reading: Reading, fold: 'first' | 'second'): number {
  switch (reading.kind) {
    case 'once':
      return reading.at;
    case 'fold':
      return fold === 'first' ? reading.firstAt : reading.secondAt;
    case 'gap':
      return reading.gapEndsAt;
  }
}

/** The IANA database's spelling of a zone's name, or null when it has none of that name. */
export function findTimeZone(name: string): string | null {
  if (!/^[A-Za-z][A-Za-z0-9_+/-]*$/.test(name)) return null;
  try {
    return Temporal.Instant.fromEpochMilliseconds(0).toZonedDateTimeISO(name).timeZoneId;
  } catch {
    return null;
  }
}

/** The zone that a name was most likely meant to be, by its city first; null when none is near. */
export function suggestTimeZone(name: string): string | null {
  const zones = [...Intl.supportedValuesOf('timeZone'), 'UTC'];
  const city = cityOf(name.trim().replaceAll(' ', '_'));
  const area = zones.filter((zone) => zone.includes('/') && areaOf(zone) === areaOf(name));
  return zones.find((zone) => cityOf(zone) === city) ?? zoneNear(city, area) ?? zoneNear(city, zones);
}

function zoneNear(city: string, zones: readonly string[]): string | null {
  const near = nearest(city, zones.map(cityOf));
  return zones.find((zone) => cityOf(zone) === near) ?? null;
}

function cityOf(zone: string): string {
  return zone.split('/').at(-1)?.toLowerCase() ?? '';
}

function areaOf(zone: string): string {
  return zone.split('/')[0]?.trim().toLowerCase() ?? '';
}
