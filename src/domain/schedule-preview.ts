import { type CompiledSchedule, LATE_MS, missedSlots, nextSlot, type Slot } from './schedule.ts';
import { slotsLostInGaps } from './schedule-nominal.ts';
import { scheduleName } from './snapshot-difference.ts';

/** Longer than any slot waits for its jitter or window in practice, in milliseconds. */
const LOOK_BACK_MS = 62 * 86_400_000;

/** Why a foreseen slot does not run as it stands in the schedule: the code of the decision that would be recorded, or how it was moved. */
export type ForeseenReason =
  | 'caught_up'
  | 'moved'
  | 'slot_overlap'
  | 'slot_missed'
  | 'slot_window'
  | 'slot_dst_gap'
  | 'slot_paused'
  | 'slot_skipped'
  | 'slot_disabled';

/** What the scheduler would do with a slot, or with `count` slots that meet the same end together. */
export interface Foreseen {
  readonly schedule: string;
  /** When it happens, in epoch milliseconds. */
  readonly at: number;
  /** The slot's own time; of several slots that of the last. */
  readonly nominalAt: number;
  /** `moved`: it runs, but not at its own time. */
  readonly outcome: 'run' | 'moved' | 'skip';
  readonly reason: ForeseenReason | null;
  readonly count: number;
}

/** What one schedule would do. */
export interface Foresight {
  readonly slots: readonly Foreseen[];
  /** The instant up to which all of it is told; earlier than asked when there was too much to tell. */
  readonly until: number;
}

/** A span of epoch milliseconds, `to` exclusive. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** What is supposed of a schedule. */
export interface ForesightOptions extends Span {
  /** While the gateway does not run; null: it runs all the time. */
  readonly down: Span | null;
  /** How long a run takes, in milliseconds. */
  readonly durationMs: number;
  /** Why no slot of it runs; null: they do. */
  readonly shut: 'slot_paused' | 'slot_disabled' | null;
  /** Nominal time of the slot that somebody asked to skip; null: none. */
  readonly skipAt: number | null;
  /** Slots up to this instant are done with; `from` for a schedule that starts there. */
  readonly mark: number;
  /** Most entries that are told. */
  readonly most: number;
}

/** The last slot that a schedule at work before `from` had dealt with by then. */
export function markBefore(schedule: CompiledSchedule, from: number): number {
  const highWaterAt = from - LOOK_BACK_MS;
  const past = missedSlots({ ...schedule, catchUp: 'none' }, { highWaterAt, now: from });
  return past.missed === null ? from - 1 : past.highWaterAt;
}

/**
 * What the scheduler would do with the slots of one schedule, were it at work from `from` on: the rules of the live one over a clock that jumps from slot to slot. Circuit breakers, caps and retries are left out.
 */
export function foresee(schedule: CompiledSchedule, options: ForesightOptions): Foresight {
  const { down, shut, skipAt, most, durationMs } = options;
  const name = scheduleName(schedule);
  const slots: Foreseen[] = [];
  let now = awake(options.from);
  let { mark } = options;
  let busyUntil = Number.NEGATIVE_INFINITY;
  let backlog: readonly Slot[] = [];
  let waiting = false;
  let caughtUp = false;

  function awake(at: number): number {
    return down !== null && at >= down.from && at < down.to ? down.to : at;
  }

  /** Lets the clock go on; what was in memory goes with the gateway, and what it was running runs again. */
  function moveTo(at: number): void {
    const before = now;
    now = awake(at);
    if (down === null || before >= down.from || now < down.to) return;
    backlog = [];
    waiting = false;
    if (busyUntil > down.from) busyUntil = down.to + durationMs;
  }

  function tell(fields: Omit<Foreseen, 'schedule' | 'at'>): void {
    slots.push({ schedule: name, at: now, ...fields });
  }

  function skip(nominalAt: number, reason: ForeseenReason, count = 1): void {
    tellGaps(nominalAt);
    tell({ nominalAt, outcome: 'skip', reason, count });
  }

  function tellGaps(upTo: number): void {
    if (schedule.dst.gap === 'skip') {
      for (const { at, count } of slotsLostInGaps(schedule, { after: mark, upTo })) {
        tell({ nominalAt: at, outcome: 'skip', reason: 'slot_dst_gap', count });
      }
    }
    mark = Math.max(mark, upTo);
  }

  function fire({ nominalAt, collapsed, moved }: Slot): void {
    backlog = backlog.slice(1);
    waiting = false;
    const unfinished = now < busyUntil;
    const overlaps = unfinished && schedule.overlap === 'skip';
    const why = nominalAt === skipAt ? 'slot_skipped' : (shut ?? (overlaps ? 'slot_overlap' : null));
    if (why !== null) {
      skip(nominalAt, why);
      return;
    }
    tellGaps(nominalAt);
    if (collapsed !== null) {
      tell({ nominalAt: collapsed.to, outcome: 'skip', reason: 'slot_window', count: collapsed.count });
    }
    const reason = caughtUp ? 'caught_up' : moved ? 'moved' : null;
    tell({ nominalAt, outcome: reason === null ? 'run' : 'moved', reason, count: 1 });
    const startsAt = unfinished && schedule.overlap === 'queue' ? busyUntil : now;
    busyUntil = startsAt + durationMs;
    waiting = backlog.length > 0;
  }

  function catchUp(): void {
    const { run, missed, highWaterAt } = missedSlots(schedule, { highWaterAt: mark, now });
    if (missed !== null) skip(missed.to, 'slot_missed', missed.count);
    backlog = run;
    caughtUp = true;
    if (run.length === 0) mark = Math.max(mark, highWaterAt);
  }

  while (slots.length < most) {
    const [pending] = backlog;
    const next = pending ?? nextSlot(schedule, mark);
    const due = next === null ? options.to : Math.max(now, next.at, waiting ? busyUntil : now);
    moveTo(due);
    if (next === null || now >= options.to) return { slots, until: options.to };
    // What was pending is gone if the gateway went down meanwhile.
    if (pending !== undefined && backlog.length === 0) continue;
    if (pending !== undefined) fire(pending);
    else if (now - next.at > LATE_MS) catchUp();
    else {
      caughtUp = false;
      backlog = [next];
      fire(next);
    }
  }
  return { slots, until: now };
}
