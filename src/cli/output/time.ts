import { parseInstant } from '../../domain/instant.ts';
import { span } from '../../domain/span.ts';

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
  schedule: { readonly paused_at: string | null; readonly skip_at?: string | null; readonly next_at: string | null },
  now: number,
): string {
  if (schedule.paused_at !== null) return 'paused';
  const nextAt = parseInstant(schedule.next_at ?? '');
  const next = nextAt !== null && nextAt <= now ? 'now' : relative(schedule.next_at, now);
  return (schedule.skip_at ?? null) === null ? next : `${next}, skipped`;
}
