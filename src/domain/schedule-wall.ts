import { countWall, nextWall, previousWall, type WallPattern } from './schedule-pattern.ts';
import { segmentAt, type ZoneSegment } from './schedule-zone.ts';

/** What becomes of a wall-clock slot that a clock change leaves out (`gap`) or shows twice (`fold`). */
export interface DstRule {
  readonly gap: 'after' | 'skip';
  readonly fold: 'first' | 'second' | 'both';
}

/**
 * Slots on the wall clock of a zone. Wildcards follow elapsed time: with one in hours or minutes every matching reading
 * runs, repeated ones too; with one in hours, readings that a gap leaves out are no loss. Everything else obeys `dst`.
 */
export interface WallRhythm {
  readonly pattern: WallPattern;
  readonly timezone: string;
  readonly dst: DstRule;
}

/** A slot by the schedule alone. */
export interface Nominal {
  readonly at: number;
  /** True when it stands for readings that a gap of the clock left out. */
  readonly shifted: boolean;
}

/** A gap of the clock that swallowed slots. */
export interface GapLoss {
  /** The end of the gap. */
  readonly at: number;
  /** How many slots were lost. */
  readonly count: number;
}

/** The first slot after an instant; null when there is none. */
export function nextOnWall(rhythm: WallRhythm, after: number): Nominal | null {
  for (let at = after + 1; ; ) {
    const segment = segmentAt(rhythm.timezone, at);
    if (segment.from >= at && makesUpGap(rhythm, segment)) return { at: segment.from, shifted: true };
    const range = readingsOf(rhythm, segment);
    const wall = nextWall(rhythm.pattern, Math.max(at + segment.offsetMs, range.from));
    if (wall === null) return null;
    if (wall < range.to) return { at: wall - segment.offsetMs, shifted: false };
    at = segment.to;
  }
}

/** The last slot before an instant; null when there is none. */
export function previousOnWall(rhythm: WallRhythm, before: number): Nominal | null {
  for (let at = before; ; ) {
    const segment = segmentAt(rhythm.timezone, at - 1);
    const range = readingsOf(rhythm, segment);
    const wall = previousWall(rhythm.pattern, Math.min(at + segment.offsetMs, range.to));
    if (wall === null) return null;
    if (wall >= range.from) return { at: wall - segment.offsetMs, shifted: false };
    if (makesUpGap(rhythm, segment)) return { at: segment.from, shifted: true };
    at = segment.from;
  }
}

/** How many slots lie in (after, upTo]. */
export function countOnWall(rhythm: WallRhythm, after: number, upTo: number): number {
  let count = 0;
  for (let at = after + 1; at <= upTo; ) {
    const segment = segmentAt(rhythm.timezone, at);
    if (segment.from >= at && makesUpGap(rhythm, segment)) count++;
    const range = readingsOf(rhythm, segment);
    const from = Math.max(at + segment.offsetMs, range.from);
    const to = Math.min(upTo + 1 + segment.offsetMs, range.to);
    if (from < to) count += countWall(rhythm.pattern, from, to);
    at = segment.to;
  }
  return count;
}

/** The gaps that end in (after, upTo] and swallowed slots because `dst.gap` is `skip`. */
export function gapLosses(rhythm: WallRhythm, after: number, upTo: number): GapLoss[] {
  if (rhythm.pattern.wildHour || rhythm.dst.gap !== 'skip') return [];
  const losses: GapLoss[] = [];
  for (let at = segmentAt(rhythm.timezone, after).to; at <= upTo; ) {
    const segment = segmentAt(rhythm.timezone, at);
    const count = leftOut(rhythm, segment);
    if (count > 0) losses.push({ at, count });
    at = segment.to;
  }
  return losses;
}

/** The readings [from, to) of a segment whose slots run there, once the rule for folds is applied at both its ends. */
function readingsOf({ pattern, timezone, dst }: WallRhythm, segment: ZoneSegment): { from: number; to: number } {
  const from = segment.from + segment.offsetMs;
  const to = segment.to + segment.offsetMs;
  if (dst.fold === 'both' || pattern.wildHour || pattern.wildMinute) return { from, to };
  if (dst.fold === 'first') return { from: Math.max(from, endOfPrevious(timezone, segment)), to };
  return { from, to: Math.min(to, startOfNext(timezone, segment)) };
}

/** True when a slot at the segment's start stands for readings left out before it; a slot of its own there does it too. */
function makesUpGap(rhythm: WallRhythm, segment: ZoneSegment): boolean {
  if (rhythm.pattern.wildHour || rhythm.dst.gap !== 'after') return false;
  const start = segment.from + segment.offsetMs;
  return leftOut(rhythm, segment) > 0 && nextWall(rhythm.pattern, start) !== start;
}

/** How many matching readings the clock left out when the segment began. */
function leftOut({ pattern, timezone }: WallRhythm, segment: ZoneSegment): number {
  const from = endOfPrevious(timezone, segment);
  const to = segment.from + segment.offsetMs;
  return from < to ? countWall(pattern, from, to) : 0;
}

/** What the clock would have shown at the segment's start without the change; as the segment has it when it is the first. */
function endOfPrevious(timezone: string, segment: ZoneSegment): number {
  if (segment.from === Number.NEGATIVE_INFINITY) return segment.from;
  return segment.from + segmentAt(timezone, segment.from - 1).offsetMs;
}

/** What the clock shows when the next segment begins. */
function startOfNext(timezone: string, segment: ZoneSegment): number {
  if (segment.to === Number.POSITIVE_INFINITY) return segment.to;
  return segment.to + segmentAt(timezone, segment.to).offsetMs;
}
