import { parseInstant } from '../../domain/instant.ts';

const UNITS = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1_000],
] as const;

/** A span as people say it: `380 ms`, `4.2 s`, `3 m 20 s`, `2 d 4 h`. */
export function span(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  if (ms < 10_000) return `${(ms / 1_000).toFixed(1)} s`;
  const first = UNITS.findIndex(([, size]) => ms >= size);
  const [unit, size] = UNITS[first] ?? UNITS[3];
  const whole = Math.floor(ms / size);
  const [smaller, smallerSize] = UNITS[first + 1] ?? [null, 1];
  const rest = smaller === null ? 0 : Math.floor((ms % size) / smallerSize);
  return rest === 0 ? `${whole} ${unit}` : `${whole} ${unit} ${rest} ${smaller}`;
}

/** An RFC 3339 instant seen from `now`: `12 s ago`, `in 4 m`, `now`; `–` for null. */
export function relative(instant: string | null, now: number): string {
  if (instant === null) return '–';
  const away = (parseInstant(instant) ?? now) - now;
  if (Math.abs(away) < 1_000) return 'now';
  const [largest = ''] = span(Math.abs(away)).split(/(?<=[a-z]) (?=\d)/);
  const short = largest.replace(/\.\d/, '');
  return away < 0 ? `${short} ago` : `in ${short}`;
}

/** When a schedule runs next: `in 4 m`; `now` for a slot that is late, as after downtime; `paused`. */
export function nextText(
  schedule: { readonly paused_at: string | null; readonly next_at: string | null },
  now: number,
): string {
  if (schedule.paused_at !== null) return 'paused';
  const nextAt = parseInstant(schedule.next_at ?? '');
  return nextAt !== null && nextAt <= now ? 'now' : relative(schedule.next_at, now);
}
