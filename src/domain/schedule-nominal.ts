import { parseCron } from './schedule-cron.ts';
import { countOnGrid, nextOnGrid, previousOnGrid } from './schedule-interval.ts';
import type { WallPattern } from './schedule-pattern.ts';
import type { Rhythm, Timing } from './schedule-timing.ts';
import {
  countOnWall,
  type GapLoss,
  gapLosses,
  type Nominal,
  nextOnWall,
  previousOnWall,
  type WallRhythm,
} from './schedule-wall.ts';

type WallKind = Extract<Rhythm, { kind: 'calendar' | 'cron' }>;

const CALENDAR = { daily: '0 0 * * *', weekly: '0 0 * * mon', monthly: '0 0 1 * *' } as const;

// Reading an expression costs more than finding a slot with it.
const patterns = new WeakMap<WallKind, WallPattern>();

/** The first slot of a schedule after an instant, window and jitter aside; null when there is none. */
export function nextNominal(timing: Timing, after: number): Nominal | null {
  const { rhythm, timezone } = timing;
  switch (rhythm.kind) {
    case 'every':
      return { at: nextOnGrid({ everyMs: rhythm.everyMs, timezone }, after), shifted: false };
    case 'at':
      return rhythm.at > after ? { at: rhythm.at, shifted: false } : null;
    case 'calendar':
    case 'cron':
      return nextOnWall(onWall(timing, rhythm), after);
  }
}

/** The last slot of a schedule before an instant, window and jitter aside; null when there is none. */
export function previousNominal(timing: Timing, before: number): Nominal | null {
  const { rhythm, timezone } = timing;
  switch (rhythm.kind) {
    case 'every':
      return { at: previousOnGrid({ everyMs: rhythm.everyMs, timezone }, before), shifted: false };
    case 'at':
      return rhythm.at < before ? { at: rhythm.at, shifted: false } : null;
    case 'calendar':
    case 'cron':
      return previousOnWall(onWall(timing, rhythm), before);
  }
}

/** How many slots of a schedule lie in (after, upTo], window and jitter aside; counted without visiting them. */
export function countNominals(timing: Timing, after: number, upTo: number): number {
  const { rhythm, timezone } = timing;
  switch (rhythm.kind) {
    case 'every':
      return countOnGrid({ everyMs: rhythm.everyMs, timezone }, after, upTo);
    case 'at':
      return rhythm.at > after && rhythm.at <= upTo ? 1 : 0;
    case 'calendar':
    case 'cron':
      return countOnWall(onWall(timing, rhythm), after, upTo);
  }
}

/** Slots lost to gaps of the clock that end in (after, upTo]: only wall-clock slots under `dst.gap: skip` are. */
export function slotsLostInGaps(
  timing: Timing,
  { after, upTo }: { readonly after: number; readonly upTo: number },
): GapLoss[] {
  const { rhythm } = timing;
  return rhythm.kind === 'every' || rhythm.kind === 'at' ? [] : gapLosses(onWall(timing, rhythm), after, upTo);
}

function onWall({ timezone, dst }: Timing, rhythm: WallKind): WallRhythm {
  return { pattern: patternOf(rhythm), timezone, dst };
}

function patternOf(rhythm: WallKind): WallPattern {
  const known = patterns.get(rhythm);
  if (known !== undefined) return known;
  const parsed = parseCron(rhythm.kind === 'cron' ? rhythm.expression : CALENDAR[rhythm.unit]);
  if (!parsed.ok) throw new Error(parsed.message);
  patterns.set(rhythm, parsed.pattern);
  return parsed.pattern;
}
