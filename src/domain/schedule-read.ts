import { parseInstant } from './instant.ts';
import type { ProblemCode } from './problem-codes.ts';
import { DAY_MS } from './schedule-civil.ts';
import { parseCron, WEEKDAYS } from './schedule-cron.ts';
import type { Rhythm } from './schedule-timing.ts';
import type { DstRule } from './schedule-wall.ts';
import type { Window } from './schedule-window.ts';
import { findTimeZone, instantFor, instantsOf, suggestTimeZone } from './schedule-zone.ts';
import { formatDuration, parseDuration } from './units.ts';

/** What is wrong with a schedule and where: a dotted key inside it, empty for the schedule itself. */
export interface ScheduleProblem {
  readonly key: string;
  readonly code: ProblemCode;
  readonly message: string;
  readonly hint: string | null;
}

/** Takes a problem; the reader that calls it then returns null. */
export type Report = (problem: ScheduleProblem) => null;

/** The rhythm keys of a schedule, as written. */
export interface RhythmInput {
  readonly every?: string | undefined;
  readonly cron?: string | undefined;
  readonly at?: string | undefined;
}

/** A window, as written; a missing start or end is midnight, missing days are all days. */
export interface WindowInput {
  readonly start?: string | undefined;
  readonly end?: string | undefined;
  readonly days?: readonly string[] | undefined;
}

const CALENDAR_UNITS = ['daily', 'weekly', 'monthly'] as const;
const SHORTEST_MS = 1_000;
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** Reads exactly one of `every`, `cron` and `at`; `at` without an offset is a reading of the zone's clock. */
export function readRhythm(
  input: RhythmInput,
  zone: { timezone: string; dst: DstRule },
  report: Report,
): Rhythm | null {
  const keys = (['every', 'cron', 'at'] as const).filter((key) => input[key] !== undefined);
  const [key, other] = keys;
  if (key === undefined || other !== undefined) {
    const message = `a schedule has exactly one of every, cron and at; this one has ${keys.join(' and ') || 'none'}`;
    const hint =
      key === undefined ? 'Add one, such as `every: 15m`, or `cron: "0 7 * * mon-fri"`.' : 'Make a schedule of each.';
    return report({ key: other ?? '', code: 'invalid_schedule', message, hint });
  }
  const text = (input[key] ?? '').trim();
  if (key === 'every') return readEvery(text, report);
  return key === 'cron' ? readCron(text, report) : readAt(text, zone, report);
}

function readEvery(text: string, report: Report): Rhythm | null {
  if (text === 'hourly') return { kind: 'every', everyMs: HOUR_MS };
  const unit = CALENDAR_UNITS.find((name) => name === text);
  if (unit !== undefined) return { kind: 'calendar', unit };
  const everyMs = parseDuration(text);
  if (everyMs !== null && everyMs >= SHORTEST_MS) return { kind: 'every', everyMs };
  const hint = 'Write a duration from 1s up (`30s`, `15m`, `6h`), or hourly, daily, weekly or monthly.';
  const found = everyMs === null ? 'is not an interval' : 'is shorter than 1s';
  return report({ key: 'every', code: 'invalid_schedule', message: `"${text}" ${found}`, hint });
}

function readCron(text: string, report: Report): Rhythm | null {
  const parsed = parseCron(text);
  if (parsed.ok) return { kind: 'cron', expression: text.replaceAll(/\s+/g, ' ') };
  return report({ key: 'cron', code: 'invalid_schedule', message: parsed.message, hint: parsed.hint });
}

function readAt(text: string, { timezone, dst }: { timezone: string; dst: DstRule }, report: Report): Rhythm | null {
  const problem = (message: string, hint: string) => report({ key: 'at', code: 'invalid_schedule', message, hint });
  // RFC 3339 wants seconds; people leave them out.
  const full = text.replace(/^(\S{10}[Tt ]\d\d:\d\d)(?=$|[Zz+-])/, '$1:00');
  const instant = parseInstant(full);
  if (instant !== null) return { kind: 'at', at: instant };
  const wall = parseInstant(`${full}Z`);
  if (wall === null) {
    const hint = `Write it like 2026-12-24T18:00:00+11:00, or without the offset for the clock of ${timezone}.`;
    return problem(`"${text}" is not a date and time`, hint);
  }
  const reading = instantsOf(timezone, wall);
  if (reading.kind !== 'gap' || dst.gap === 'after') {
    return { kind: 'at', at: instantFor(reading, dst.fold === 'second' ? 'second' : 'first') };
  }
  const hint = 'Choose another time, add an offset, or set dst.gap to after.';
  return problem(`the clock of ${timezone} never shows ${text}`, hint);
}

/** Reads a window; one that is always open is null, like none. */
export function readWindow(input: WindowInput, report: Report): { readonly window: Window | null } | null {
  const startMs = readTimeOfDay(input.start ?? '00:00', 'window.start', report);
  const endMs = readTimeOfDay(input.end ?? '24:00', 'window.end', report);
  const days = readDays(input.days ?? WEEKDAYS, report);
  if (startMs === null || endMs === null || days === null) return null;
  if (startMs === endMs) {
    const message = `the window from ${input.start ?? '00:00'} to ${input.end ?? '24:00'} is empty: its end is exclusive`;
    return report({
      key: 'window.end',
      code: 'invalid_schedule',
      message,
      hint: 'For the whole day write 00:00 to 24:00.',
    });
  }
  if (startMs === 0 && endMs === DAY_MS && days.length === WEEKDAYS.length) return { window: null };
  return { window: { startMs, endMs: endMs > startMs ? endMs : endMs + DAY_MS, days } };
}

function readTimeOfDay(text: string, key: 'window.start' | 'window.end', report: Report): number | null {
  const [, hour, minute] = /^(\d{1,2}):(\d\d)$/.exec(text.trim()) ?? [];
  const ms = Number(hour) * HOUR_MS + Number(minute) * MINUTE_MS;
  const latest = key === 'window.end' ? DAY_MS : DAY_MS - MINUTE_MS;
  if (ms <= latest && Number(minute) < 60) return ms;
  const message = `"${text}" is not a time of day from 00:00 to ${key === 'window.end' ? '24:00' : '23:59'}`;
  return report({ key, code: 'invalid_schedule', message, hint: 'Write hours and minutes, such as "06:00".' });
}

function readDays(names: readonly string[], report: Report): readonly number[] | null {
  const unknown = names.find((name) => !WEEKDAYS.includes(name.toLowerCase()));
  const message = unknown === undefined ? 'the window has no days, so it never opens' : `"${unknown}" is not a weekday`;
  if (unknown !== undefined || names.length === 0) {
    const hint = `Name days as ${WEEKDAYS.join(', ')}; leave days out for all of them.`;
    return report({ key: 'window.days', code: 'invalid_schedule', message, hint });
  }
  const written = new Set(names.map((name) => name.toLowerCase()));
  return WEEKDAYS.keys()
    .filter((day) => written.has(WEEKDAYS[day] ?? ''))
    .toArray();
}

/** Reads the name of a zone into the database's spelling. */
export function readTimeZone(name: string, report: Report): string | null {
  const found = findTimeZone(name);
  if (found !== null) return found;
  const near = suggestTimeZone(name);
  const hint =
    near === null ? 'Use a name of the IANA database, such as Europe/Berlin or UTC.' : `did you mean "${near}"?`;
  return report({ key: 'timezone', code: 'unknown_timezone', message: `there is no time zone "${name}"`, hint });
}

/** Reads a span in milliseconds from `minMs` up: text such as `30m`, or milliseconds already. */
export function readSpan(
  written: string | number,
  { key, minMs }: { readonly key: string; readonly minMs: number },
  report: Report,
): number | null {
  const ms = typeof written === 'number' ? written : parseDuration(written);
  if (ms !== null && Number.isSafeInteger(ms) && ms >= minMs) return ms;
  const message = `"${written}" is not a duration of at least ${formatDuration(minMs)}`;
  return report({
    key,
    code: 'invalid_duration',
    message,
    hint: 'Write a duration such as 250ms, 30s, 15m, 6h or 7d.',
  });
}
