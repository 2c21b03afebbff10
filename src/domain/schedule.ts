import type { Json } from './json.ts';
import { jitterOf } from './schedule-jitter.ts';
import { countNominals, nextNominal, previousNominal } from './schedule-nominal.ts';
import {
  type Report,
  type RhythmInput,
  readRhythm,
  readSpan,
  readTimeZone,
  readWindow,
  type ScheduleProblem,
  type WindowInput,
} from './schedule-read.ts';
import { nextRun, previousRun, type Run } from './schedule-run.ts';
import type { Timing } from './schedule-timing.ts';
import type { DstRule } from './schedule-wall.ts';
import { closesAt, opensAt } from './schedule-window.ts';

export type { Rhythm } from './schedule-timing.ts';

/** A schedule that was checked and has its defaults. */
export interface CompiledSchedule extends Timing {
  readonly catchUp: 'none' | 'latest' | 'all';
  readonly overlap: 'skip' | 'queue' | 'cancel';
  readonly runOnStart: boolean;
  readonly command: string;
  readonly payload: Json;
  readonly priority: number;
  /** Null: the instance's. */
  readonly maxAttempts: number | null;
  /** Null: the instance's. */
  readonly timeoutMs: number | null;
  /** Equal for schedules with the same slots: stable text of rhythm, zone, jitter, window and DST rule. */
  readonly hash: string;
}

/** A schedule as written; spans may be milliseconds already. Types, ranges of numbers and names are the schema's to check. */
export interface ScheduleInput extends RhythmInput {
  readonly id?: string | undefined;
  readonly run_on_start?: boolean | undefined;
  readonly jitter?: string | number | undefined;
  readonly window?: WindowInput | undefined;
  readonly timezone?: string | undefined;
  readonly dst?: { readonly gap?: DstRule['gap'] | undefined; readonly fold?: DstRule['fold'] | undefined } | undefined;
  readonly catch_up?: CompiledSchedule['catchUp'] | undefined;
  readonly overlap?: CompiledSchedule['overlap'] | undefined;
  readonly command?: string | undefined;
  readonly payload?: Json | undefined;
  readonly priority?: number | undefined;
  readonly max_attempts?: number | undefined;
  readonly timeout?: string | number | undefined;
}

/** Slot times that stand together, `count` of them from the first to the last. */
export interface SlotTimes {
  readonly count: number;
  readonly from: number;
  readonly to: number;
}

/** One run of a schedule. */
export interface Slot {
  /** Its identity within the schedule: what the schedule alone says, whatever the window and jitter. */
  readonly nominalAt: number;
  /** When it runs: after the window and jitter. */
  readonly at: number;
  /** True when the window or a gap of the clock put it elsewhere. */
  readonly moved: boolean;
  /** Slots outside the window that were folded into it, itself excluded; all are before `nominalAt`. */
  readonly collapsed: SlotTimes | null;
}

/** What downtime leaves to do. */
export interface MissedSlots {
  /** Oldest first, without jitter; `at` is now, or the next opening of the window. */
  readonly run: readonly Slot[];
  /** Slots that are only recorded; all are before the first of `run`. */
  readonly missed: SlotTimes | null;
  /** The last slot of both, where the schedule goes on; unchanged when nothing was missed. */
  readonly highWaterAt: number;
}

/** A schedule, or everything that is wrong with it. */
export type ScheduleResult =
  | { readonly ok: true; readonly schedule: CompiledSchedule }
  | { readonly ok: false; readonly problems: readonly ScheduleProblem[] };

/** A slot reached later than this was missed (downtime, suspend, clock jump) and falls under `catch_up`, in milliseconds. */
export const LATE_MS = 10_000;

const MOST_CAUGHT_UP = { none: 0, latest: 1, all: 100 } as const;

/** Checks one schedule of an instance and fills in its defaults. */
export function compileSchedule(
  input: ScheduleInput,
  { instance, defaultTimezone }: { readonly instance: string; readonly defaultTimezone: string },
): ScheduleResult {
  const problems: ScheduleProblem[] = [];
  const report: Report = (problem) => {
    problems.push(problem);
    return null;
  };
  const dst = { gap: input.dst?.gap ?? 'after', fold: input.dst?.fold ?? 'first' } as const;
  const timezone = readTimeZone(input.timezone ?? defaultTimezone, report);
  const rhythm = readRhythm(input, { timezone: timezone ?? 'UTC', dst }, report);
  const jitterMs = readSpan(input.jitter ?? 0, { key: 'jitter', minMs: 0 }, report);
  const timeoutMs = input.timeout === undefined ? null : readSpan(input.timeout, { key: 'timeout', minMs: 1 }, report);
  const window = input.window === undefined ? { window: null } : readWindow(input.window, report);
  if (problems.length > 0 || timezone === null || rhythm === null || jitterMs === null || window === null) {
    return { ok: false, problems };
  }
  const slots = { rhythm, timezone, jitterMs, window: window.window, dst };
  const schedule: CompiledSchedule = {
    ...slots,
    instance,
    id: input.id ?? 'default',
    catchUp: input.catch_up ?? 'latest',
    overlap: input.overlap ?? 'skip',
    runOnStart: input.run_on_start ?? false,
    command: input.command ?? 'poll',
    payload: input.payload ?? {},
    priority: input.priority ?? 0,
    maxAttempts: input.max_attempts ?? null,
    timeoutMs,
    hash: JSON.stringify(slots),
  };
  return { ok: true, schedule };
}

/** The first slot with `nominalAt` after an instant, or null when there is none (a past `at`); closed windows cost no more than open ones. */
export function nextSlot(timing: Timing, after: number): Slot | null {
  const run = nextRun(timing, after);
  return run === null ? null : slotOf(timing, run, run.dueAt + delayOf(timing, run));
}

/**
 * Slots after `highWaterAt` whose time has come by `now`: which to run and which only to record, by `catchUp`. A slot
 * whose jitter or window is still ahead was not missed; `nextSlot` has it. Slots of long downtimes are counted, not
 * visited.
 */
export function missedSlots(
  schedule: Timing & Pick<CompiledSchedule, 'catchUp'>,
  { highWaterAt, now }: { readonly highWaterAt: number; readonly now: number },
): MissedSlots {
  const last = lastDueRun(schedule, { highWaterAt, now });
  if (last === null) return { run: [], missed: null, highWaterAt };
  const runs: Run[] = [];
  for (let run: Run | null = last; run !== null && runs.length < MOST_CAUGHT_UP[schedule.catchUp]; ) {
    runs.unshift(run);
    run = previousRun(schedule, { after: highWaterAt, before: run.firstAt });
  }
  const at = schedule.window === null ? now : opensAt(schedule.window, schedule.timezone, now);
  return {
    run: runs.map((run) => slotOf(schedule, run, at)),
    missed: slotTimes(schedule, { after: highWaterAt, before: runs[0]?.firstAt ?? last.nominalAt + 1 }),
    highWaterAt: last.nominalAt,
  };
}

/** The last run after the high-water mark that is due by now. Jitter never reaches the next slot, so only the last may be ahead. */
function lastDueRun(timing: Timing, { highWaterAt, now }: { highWaterAt: number; now: number }): Run | null {
  let run = previousRun(timing, { after: highWaterAt, before: now + 1 });
  while (run !== null && run.dueAt + delayOf(timing, run) > now) {
    run = previousRun(timing, { after: highWaterAt, before: run.firstAt });
  }
  return run;
}

function slotOf(timing: Timing, run: Run, at: number): Slot {
  const collapsed = run.count === 1 ? null : slotTimes(timing, { after: run.firstAt - 1, before: run.nominalAt });
  return { nominalAt: run.nominalAt, at, moved: run.moved, collapsed };
}

/** The jitter of a run: its own draw from what is left before the next slot and the end of the window. */
function delayOf(timing: Timing, run: Run): number {
  const { instance, id, jitterMs, window, timezone } = timing;
  if (jitterMs === 0) return 0;
  const next = nextNominal(timing, run.nominalAt)?.at ?? Number.POSITIVE_INFINITY;
  const closes = window === null ? Number.POSITIVE_INFINITY : closesAt(window, timezone, run.dueAt);
  return jitterOf(`${instance}/${id}/${run.nominalAt}`, Math.min(jitterMs, next - run.dueAt, closes - run.dueAt));
}

function slotTimes(timing: Timing, { after, before }: { after: number; before: number }): SlotTimes | null {
  const first = nextNominal(timing, after);
  const last = previousNominal(timing, before);
  if (first === null || last === null || first.at > last.at) return null;
  return { count: countNominals(timing, after, last.at), from: first.at, to: last.at };
}
