import { DAY_MS, weekdayOf } from './schedule-civil.ts';
import { segmentAt } from './schedule-zone.ts';

/**
 * The readings of the wall clock at which a schedule may run: on each of `days` from `startMs` to `endMs` (exclusive)
 * after midnight. A window that crosses midnight ends beyond 24 hours and belongs to the day on which it starts.
 * It is never open for ever and never closed for ever.
 */
export interface Window {
  readonly startMs: number;
  /** Greater than `startMs`, at most 24 hours later. */
  readonly endMs: number;
  /** 0 for Sunday to 6 for Saturday; ascending, not empty. */
  readonly days: readonly number[];
}

/** True when the zone's clock shows a reading inside the window at an instant. */
export function isOpen(window: Window, timezone: string, at: number): boolean {
  return endOfOpen(window, at + segmentAt(timezone, at).offsetMs) !== null;
}

/** The first instant at or after `at` at which the window is open. */
export function opensAt(window: Window, timezone: string, at: number): number {
  for (let from = at; ; ) {
    const segment = segmentAt(timezone, from);
    const wall = nextOpen(window, from + segment.offsetMs);
    if (wall < segment.to + segment.offsetMs) return wall - segment.offsetMs;
    from = segment.to;
  }
}

/** The first instant after `at`, at which the window is open, at which it no longer is. */
export function closesAt(window: Window, timezone: string, at: number): number {
  for (let from = at; ; ) {
    const segment = segmentAt(timezone, from);
    const wall = nextClosed(window, from + segment.offsetMs);
    if (wall < segment.to + segment.offsetMs) return wall - segment.offsetMs;
    from = segment.to;
  }
}

/** The first instant of the closed stretch that holds `at`. */
export function closedSince(window: Window, timezone: string, at: number): number {
  for (let upTo = at; ; ) {
    const segment = segmentAt(timezone, upTo);
    const wall = lastEnd(window, upTo + segment.offsetMs);
    if (wall > segment.from + segment.offsetMs) return wall - segment.offsetMs;
    if (isOpen(window, timezone, segment.from - 1)) return segment.from;
    upTo = segment.from - 1;
  }
}

/** The end of the day's window that holds a reading; null when none does. */
function endOfOpen(window: Window, wall: number): number | null {
  const today = Math.floor(wall / DAY_MS);
  // Yesterday's window may reach past midnight.
  for (const day of [today - 1, today]) {
    const midnight = day * DAY_MS;
    if (!window.days.includes(weekdayOf(day))) continue;
    if (wall >= midnight + window.startMs && wall < midnight + window.endMs) return midnight + window.endMs;
  }
  return null;
}

/** The first reading at or after `wall` inside the window. */
function nextOpen(window: Window, wall: number): number {
  if (endOfOpen(window, wall) !== null) return wall;
  for (let day = Math.floor(wall / DAY_MS); ; day++) {
    const start = day * DAY_MS + window.startMs;
    if (start > wall && window.days.includes(weekdayOf(day))) return start;
  }
}

/** The first reading at or after `wall` outside the window; adjoining days count as one. */
function nextClosed(window: Window, wall: number): number {
  let from = wall;
  for (let end = endOfOpen(window, from); end !== null; end = endOfOpen(window, from)) from = end;
  return from;
}

/** The latest end of a day's window at or before a reading outside it. */
function lastEnd(window: Window, wall: number): number {
  for (let day = Math.floor(wall / DAY_MS); ; day--) {
    const end = day * DAY_MS + window.endMs;
    if (end <= wall && window.days.includes(weekdayOf(day))) return end;
  }
}
