import { DAY_MS, HOUR_MS, MINUTE_MS } from './schedules.ts';

// A second way to the slots of a schedule, which shares nothing with the first: it looks at every minute, and knows of
// zones only what `Intl` shows.

/** When slots are, in words that need no parser; times in minutes of the wall clock. */
export type WalkedRule =
  | { readonly kind: 'grid'; readonly everyMs: number }
  | {
      readonly kind: 'wall';
      readonly matches: (date: Date) => boolean;
      readonly wildHour: boolean;
      readonly wildMinute: boolean;
      readonly gap: 'after' | 'skip';
      readonly fold: 'first' | 'second' | 'both';
    };

/** A stretch [from, to) during which a clock keeps its offset. */
interface Stretch {
  readonly from: number;
  readonly to: number;
  readonly offsetMs: number;
}

/** The slots of a rule from `from` to before `to`, both whole days in UTC. */
export function walkedSlots(
  rule: WalkedRule,
  { zone, from, to }: { zone: string; from: number; to: number },
): number[] {
  if (rule.kind === 'grid') return gridSlots(rule.everyMs, { zone, from, to });
  const slots: number[] = [];
  // The stretches at the ends have neighbours, too.
  const stretches = stretchesOf(zone, from - DAY_MS, to + DAY_MS);
  // One object for all minutes: there are millions.
  const reading = new Date();
  const matches = (wall: number): boolean => {
    reading.setTime(wall);
    return rule.matches(reading);
  };
  const runsTwice = rule.fold === 'both' || rule.wildHour || rule.wildMinute;
  for (const [index, { offsetMs, ...stretch }] of stretches.entries()) {
    const before = stretches[index - 1]?.offsetMs ?? offsetMs;
    const after = stretches[index + 1]?.offsetMs ?? offsetMs;
    let owed = false;
    if (rule.gap === 'after' && !rule.wildHour) {
      for (let wall = stretch.from + before; wall < stretch.from + offsetMs; wall += MINUTE_MS) {
        owed ||= matches(wall);
      }
    }
    for (let at = Math.max(stretch.from, from); at < Math.min(stretch.to, to); at += MINUTE_MS) {
      const wall = at + offsetMs;
      const isSecond = wall < stretch.from + before;
      const isFirst = wall >= stretch.to + after;
      const chosen = runsTwice || (!isSecond && !isFirst) || (rule.fold === 'first' ? isFirst : isSecond);
      if ((owed && at === stretch.from) || (chosen && matches(wall))) slots.push(at);
    }
  }
  return slots;
}

function gridSlots(everyMs: number, { zone, from, to }: { zone: string; from: number; to: number }): number[] {
  const read = clockOf(zone);
  let origin = -DAY_MS;
  while (origin + read(origin) !== 0) origin += MINUTE_MS;
  const slots: number[] = [];
  for (let at = from + ((((origin - from) % everyMs) + everyMs) % everyMs); at < to; at += everyMs) slots.push(at);
  return slots;
}

const known = new Map<string, Stretch[]>();

function stretchesOf(zone: string, from: number, to: number): Stretch[] {
  const key = `${zone} ${from} ${to}`;
  const found = known.get(key);
  if (found !== undefined) return found;
  const read = clockOf(zone);
  const stretches: Stretch[] = [];
  let begin = from;
  for (let at = from; at < to; at += 6 * HOUR_MS) {
    const [offsetMs, next] = [read(at), read(at + 6 * HOUR_MS)];
    if (offsetMs === next) continue;
    let [low, high] = [at, at + 6 * HOUR_MS];
    while (high - low > MINUTE_MS) {
      const middle = low + Math.floor((high - low) / 2 / MINUTE_MS) * MINUTE_MS;
      if (read(middle) === offsetMs) low = middle;
      else high = middle;
    }
    stretches.push({ from: begin, to: high, offsetMs });
    begin = high;
  }
  stretches.push({ from: begin, to, offsetMs: read(to - MINUTE_MS) });
  known.set(key, stretches);
  return stretches;
}

/** What a zone's clock is ahead of UTC at an instant, in milliseconds, as `Intl` shows it. */
function clockOf(zone: string): (at: number) => number {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    hourCycle: 'h23',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
  });
  return (at) => {
    const [month = 0, day = 0, year = 0, hour = 0, minute = 0] = (format.format(at).match(/\d+/g) ?? []).map(Number);
    return Date.UTC(year, month - 1, day, hour, minute) - at;
  };
}
