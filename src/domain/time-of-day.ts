import { DAY_MS } from './schedule-civil.ts';
import { segmentAt } from './schedule-zone.ts';

const TIME = /^(\d{1,2}):(\d{2})(?::(\d{2}))?$/;

/** Milliseconds after midnight of `07:00` or `07:00:30`; null when the text is no time of day. */
export function parseTimeOfDay(text: string): number | null {
  const [, hours, minutes, seconds = '0'] = TIME.exec(text) ?? [];
  if (hours === undefined || minutes === undefined) return null;
  if (Number(hours) > 23 || Number(minutes) > 59 || Number(seconds) > 59) return null;
  return ((Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds)) * 1_000;
}

/** The latest instant, `now` included, at which the zone's clock showed a time of day; of a day that skipped it, the day before. */
export function latestTimeOfDay(timeMs: number, timezone: string, now: number): number {
  for (let upTo = now; ; ) {
    const { from, offsetMs } = segmentAt(timezone, upTo);
    const wall = upTo + offsetMs;
    const midnight = Math.floor(wall / DAY_MS) * DAY_MS;
    const shown = midnight + timeMs <= wall ? midnight + timeMs : midnight - DAY_MS + timeMs;
    if (shown - offsetMs >= from) return shown - offsetMs;
    upTo = from - 1;
  }
}
