import { civilDate, DAY_MS, dayNumber, weekdayOf } from './schedule-civil.ts';

/** Which readings of a wall clock match, as a cron expression says. Lists are ascending and not empty. */
export interface WallPattern {
  readonly seconds: readonly number[];
  readonly minutes: readonly number[];
  readonly hours: readonly number[];
  /** Days of the month, from 1. */
  readonly days: ReadonlySet<number>;
  /** Months, from 1. */
  readonly months: ReadonlySet<number>;
  /** 0 for Sunday to 6 for Saturday. */
  readonly weekdays: ReadonlySet<number>;
  /** True: the day of the month or the weekday must match; false: both must. */
  readonly eitherDay: boolean;
  readonly wildHour: boolean;
  readonly wildMinute: boolean;
}

// The Gregorian calendar, weekdays included, repeats every 400 years: what has not matched by then never will.
const CALENDAR_CYCLE_DAYS = 146_097;

/** The first matching reading at or after a wall time; null when the pattern never matches. */
export function nextWall(pattern: WallPattern, from: number): number | null {
  const { day, second } = split(from);
  if (dayMatches(pattern, day)) {
    const index = timesBefore(pattern, second);
    if (index < timesPerDay(pattern)) return day * DAY_MS + timeAt(pattern, index);
  }
  const next = nextDay(pattern, day + 1);
  return next === null ? null : next * DAY_MS + timeAt(pattern, 0);
}

/** The last matching reading before a wall time; null when the pattern never matches. */
export function previousWall(pattern: WallPattern, before: number): number | null {
  const { day, second } = split(before);
  if (dayMatches(pattern, day)) {
    const index = timesBefore(pattern, second);
    if (index > 0) return day * DAY_MS + timeAt(pattern, index - 1);
  }
  const previous = previousDay(pattern, day - 1);
  return previous === null ? null : previous * DAY_MS + timeAt(pattern, timesPerDay(pattern) - 1);
}

/** How many readings in [from, to) match, counted by days. */
export function countWall(pattern: WallPattern, from: number, to: number): number {
  const start = split(from);
  const end = split(to);
  let days = 0;
  for (let day = nextDay(pattern, start.day); day !== null && day < end.day; day = nextDay(pattern, day + 1)) days++;
  const skipped = dayMatches(pattern, start.day) ? timesBefore(pattern, start.second) : 0;
  const begun = dayMatches(pattern, end.day) ? timesBefore(pattern, end.second) : 0;
  return days * timesPerDay(pattern) - skipped + begun;
}

/** The day number and the second of the day at or after a wall time. */
function split(wall: number): { day: number; second: number } {
  const seconds = Math.ceil(wall / 1_000);
  const day = Math.floor(seconds / 86_400);
  return { day, second: seconds - day * 86_400 };
}

function timesPerDay(pattern: WallPattern): number {
  return pattern.hours.length * pattern.minutes.length * pattern.seconds.length;
}

/** How many times of a matching day come before a second of the day. */
function timesBefore(pattern: WallPattern, second: number): number {
  const hour = Math.floor(second / 3_600);
  const minute = Math.floor(second / 60) % 60;
  const hours = below(pattern.hours, hour);
  const perMinute = pattern.seconds.length;
  const perHour = pattern.minutes.length * perMinute;
  if (pattern.hours[hours] !== hour) return hours * perHour;
  const minutes = below(pattern.minutes, minute);
  if (pattern.minutes[minutes] !== minute) return hours * perHour + minutes * perMinute;
  return hours * perHour + minutes * perMinute + below(pattern.seconds, second % 60);
}

/** Milliseconds into the day of the n-th time of a matching day, from 0. */
function timeAt(pattern: WallPattern, index: number): number {
  const perMinute = pattern.seconds.length;
  const perHour = pattern.minutes.length * perMinute;
  const hour = pattern.hours[Math.floor(index / perHour)] ?? 0;
  const minute = pattern.minutes[Math.floor((index % perHour) / perMinute)] ?? 0;
  const second = pattern.seconds[index % perMinute] ?? 0;
  return ((hour * 60 + minute) * 60 + second) * 1_000;
}

/** How many entries of an ascending list are less than a value. */
function below(list: readonly number[], value: number): number {
  const index = list.findIndex((entry) => entry >= value);
  return index === -1 ? list.length : index;
}

function dayMatches(pattern: WallPattern, days: number): boolean {
  const { month, day } = civilDate(days);
  if (!pattern.months.has(month)) return false;
  const byDate = pattern.days.has(day);
  const byWeekday = pattern.weekdays.has(weekdayOf(days));
  return pattern.eitherDay ? byDate || byWeekday : byDate && byWeekday;
}

function nextDay(pattern: WallPattern, from: number): number | null {
  for (let day = from; day <= from + CALENDAR_CYCLE_DAYS; ) {
    if (dayMatches(pattern, day)) return day;
    const { year, month } = civilDate(day);
    if (pattern.months.has(month)) day++;
    else
      day =
        month === 12 ? dayNumber({ year: year + 1, month: 1, day: 1 }) : dayNumber({ year, month: month + 1, day: 1 });
  }
  return null;
}

function previousDay(pattern: WallPattern, from: number): number | null {
  for (let day = from; day >= from - CALENDAR_CYCLE_DAYS; ) {
    if (dayMatches(pattern, day)) return day;
    const { year, month } = civilDate(day);
    day = pattern.months.has(month) ? day - 1 : dayNumber({ year, month, day: 1 }) - 1;
  }
  return null;
}
