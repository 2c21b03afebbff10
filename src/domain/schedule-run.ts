import { countNominals, nextNominal, previousNominal } from './schedule-nominal.ts';
import type { Timing } from './schedule-timing.ts';
import type { Nominal } from './schedule-wall.ts';
import { closedSince, isOpen, opensAt } from './schedule-window.ts';

/** What one run stands for: a slot, or all slots of a closed stretch of the window. Jitter aside. */
export interface Run {
  /** The first slot it stands for. */
  readonly firstAt: number;
  /** The last slot it stands for, and the run's identity. */
  readonly nominalAt: number;
  /** How many slots it stands for. */
  readonly count: number;
  /** When it is due: its slot, or the opening of the window. */
  readonly dueAt: number;
  /** True when the window or a gap of the clock moved it. */
  readonly moved: boolean;
}

/**
 * The first run that stands for a slot after an instant; earlier slots are not counted in. Slots outside the window
 * collapse into one run at its next opening, which is the slot's own run when one falls exactly there.
 */
export function nextRun(timing: Timing, after: number): Run | null {
  const first = nextNominal(timing, after);
  if (first === null) return null;
  const { window, timezone } = timing;
  if (window === null || isOpen(window, timezone, first.at)) return runOf(first);
  const dueAt = opensAt(window, timezone, first.at);
  const last = previousNominal(timing, dueAt + 1) ?? first;
  const count = countNominals(timing, after, last.at);
  return { firstAt: first.at, nominalAt: last.at, count, dueAt, moved: last.at < dueAt || last.shifted };
}

/** The last run that stands for a slot in (after, before); its slots may reach beyond `before`. */
export function previousRun(timing: Timing, { after, before }: { after: number; before: number }): Run | null {
  const last = previousNominal(timing, before);
  if (last === null || last.at <= after) return null;
  const { window, timezone } = timing;
  if (window === null) return runOf(last);
  const closedAt = [last.at, last.at - 1].find((at) => !isOpen(window, timezone, at));
  if (closedAt === undefined) return runOf(last);
  return nextRun(timing, Math.max(after, closedSince(window, timezone, closedAt) - 1));
}

function runOf({ at, shifted }: Nominal): Run {
  return { firstAt: at, nominalAt: at, count: 1, dueAt: at, moved: shifted };
}
