import { formatInstant } from '../../domain/instant.ts';
import type { CompiledSchedule } from '../../domain/schedule.ts';
import type { Foreseen, ForeseenReason, Foresight, Span } from '../../domain/schedule-preview.ts';
import { segmentAt } from '../../domain/schedule-zone.ts';
import { scheduleName } from '../../domain/snapshot-difference.ts';
import type { Session } from '../command.ts';
import { table } from './table.ts';

/** What a preview shows. */
export interface Shown extends Span {
  readonly down: Span | null;
  /** The zone of the readings. */
  readonly timezone: string;
  readonly schedules: readonly (Foresight & { readonly schedule: CompiledSchedule })[];
  /** True: also every slot in a list. */
  readonly listed: boolean;
}

/** Slots that a list shows. */
const MOST_LISTED = 50;

const REASONS: { readonly [reason in ForeseenReason]: string } = {
  caught_up: 'made up for after the downtime',
  moved: 'moved by the window or the gap of a clock change',
  slot_overlap: 'the previous run is not finished, as long as runs took so far',
  slot_missed: 'fell into the downtime; catch_up does not make up for it',
  slot_window: 'outside the window; folded into the run at its opening',
  slot_dst_gap: 'the clock never shows it, and dst.gap is skip',
  slot_paused: 'the schedule is paused',
  slot_skipped: 'somebody asked to skip this run',
  slot_disabled: 'the instance is disabled',
};

/** A timeline with a row per schedule, what differs from the plain rhythm, and with `listed` each slot. */
export function previewText(shown: Shown, { io, paint }: Session): string {
  const { schedules, timezone } = shown;
  if (schedules.length === 0) return 'no schedules\n';
  const reading = (at: number): string => readingOf(at, timezone);
  const name = Math.min(Math.max(...schedules.map(({ schedule }) => scheduleName(schedule).length)), 30);
  // The count of runs stands at the end of each row.
  const width = Math.max(Math.min((io.stdout.columns || 80) - name - 14, 84), 14);
  const head = `${paint('dim', `${reading(shown.from)} to ${reading(shown.to)} (${timezone})`)}\n`;
  const rows = schedules.map((one) => {
    const runs = one.slots.filter(({ outcome }) => outcome !== 'skip').length;
    const counted = `${runs}${one.until < shown.to ? '+' : ''} ${runs === 1 ? 'run' : 'runs'}`;
    return `${scheduleName(one.schedule).slice(0, name).padEnd(name)}  ${strip(one, shown, { width, paint })}  ${counted}\n`;
  });
  const legend = paint('dim', '│ run  ▲ moved or made up for  × skipped  ░ gateway down');
  const exceptions = schedules.flatMap(({ slots }) => notes(slots, reading));
  const cut = schedules.filter(({ until }) => until < shown.to);
  return [
    head,
    ...rows,
    `${legend}\n`,
    ...(exceptions.length === 0 ? [] : ['\n', table(NOTES, exceptions, io.stdout.columns)]),
    ...cut.map(
      ({ schedule, until }) => `${scheduleName(schedule)}: told up to ${reading(until)}; see more with --from\n`,
    ),
    shown.listed
      ? `\n${list(
          schedules.flatMap(({ slots }) => slots),
          reading,
          io.stdout.columns,
        )}`
      : '',
  ].join('');
}

const NOTES = [{ head: 'SCHEDULE', least: 16 }, { head: 'SLOTS' }, { head: 'FIRST' }, { head: 'WHY', least: 24 }];
const SLOTS = [
  { head: 'AT' },
  { head: 'SLOT', optional: true },
  { head: 'SCHEDULE', least: 16 },
  { head: 'OUTCOME' },
  { head: 'WHY', least: 20 },
];

type Cell = ' ' | '·' | '░' | '│' | '×' | '▲';
/** What shows of a stretch that has several. */
const RANK: readonly Cell[] = [' ', '·', '░', '│', '×', '▲'];
const TONES = { ' ': 'dim', '·': 'dim', '░': 'dim', '│': 'good', '×': 'bad', '▲': 'warn' } as const;

/** The runs and skips of a span in `width` characters; the rarer outcome of a stretch is the one that shows. */
function strip(
  { slots, until }: Foresight,
  { from, to, down }: Shown,
  { width, paint }: { readonly width: number; readonly paint: Session['paint'] },
): string {
  const bucket = (to - from) / width;
  const cells = Array.from<unknown, Cell>({ length: width }, (_, index) => {
    const at = from + index * bucket;
    if (at > until) return ' ';
    return down !== null && at < down.to && at + bucket > down.from ? '░' : '·';
  });
  for (const { at, outcome } of slots) {
    const index = Math.min(Math.floor((at - from) / bucket), width - 1);
    const mark = outcome === 'run' ? '│' : outcome === 'moved' ? '▲' : '×';
    if (RANK.indexOf(mark) > RANK.indexOf(cells[index] ?? ' ')) cells[index] = mark;
  }
  return cells.map((cell) => paint(TONES[cell], cell)).join('');
}

function notes(slots: readonly Foreseen[], reading: (at: number) => string): string[][] {
  const groups = new Map<ForeseenReason, { readonly first: Foreseen; count: number }>();
  for (const slot of slots) {
    if (slot.reason === null) continue;
    const group = groups.get(slot.reason);
    if (group === undefined) groups.set(slot.reason, { first: slot, count: slot.count });
    else group.count += slot.count;
  }
  return [...groups].map(([reason, { first, count }]) => {
    return [first.schedule, String(count), reading(first.at), REASONS[reason]];
  });
}

function list(slots: readonly Foreseen[], reading: (at: number) => string, columns: number): string {
  const sorted = slots.toSorted((a, b) => a.at - b.at);
  const rows = sorted.slice(0, MOST_LISTED).map(({ at, nominalAt, schedule, outcome, reason, count }) => {
    const why = reason === null ? '' : REASONS[reason];
    return [
      reading(at),
      nominalAt === at ? '' : reading(nominalAt),
      schedule,
      outcome,
      count > 1 ? `${count}: ${why}` : why,
    ];
  });
  const more = sorted.length - rows.length;
  return table(SLOTS, rows, columns) + (more > 0 ? `… ${more} more; --json has them\n` : '');
}

/** An instant as the clock of a zone shows it, with its offset where that is not zero: `2026-11-23 07:00 +01:00`. */
function readingOf(at: number, timezone: string): string {
  const { offsetMs } = segmentAt(timezone, at);
  const minute = formatInstant(at + offsetMs)
    .slice(0, 19)
    .replace('T', ' ')
    .replace(/:00$/, '');
  const minutes = Math.abs(offsetMs) / 60_000;
  const two = (value: number): string => String(Math.floor(value)).padStart(2, '0');
  return offsetMs === 0 ? minute : `${minute} ${offsetMs < 0 ? '-' : '+'}${two(minutes / 60)}:${two(minutes % 60)}`;
}
