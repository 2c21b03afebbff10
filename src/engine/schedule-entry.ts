import { type CompiledSchedule, nextSlot, type Slot } from '../domain/schedule.ts';
import type { ScheduleState } from '../store/port/schedules.ts';

/** A schedule as people see it: its configuration, its memory and what comes next. */
export interface ScheduleView {
  readonly schedule: CompiledSchedule;
  readonly pausedAt: number | null;
  /** Nominal time of the slot that somebody asked to skip; null: none that is still to come. */
  readonly skipAt: number | null;
  readonly lastSlotAt: number | null;
  readonly lastJobId: string | null;
  /** When the next slot runs; null when there is none. */
  readonly nextAt: number | null;
}

/** What is remembered of a schedule. */
export type ScheduleMemory = Pick<ScheduleState, 'pausedAt' | 'skipAt' | 'highWaterAt' | 'lastSlotAt' | 'lastJobId'>;

/** Where the runner of a schedule stands. */
export interface ScheduleEntry {
  readonly schedule: CompiledSchedule;
  pausedAt: number | null;
  skipAt: number | null;
  highWaterAt: number;
  lastSlotAt: number | null;
  lastJobId: string | null;
  /** Slots that are due and not yet fired, oldest first; they run one at a time. */
  backlog: readonly Slot[];
  /** The job that must end before the next of the backlog runs. */
  waitingFor: string | null;
  /** True until the first run after the start, when `run_on_start` asks for one; making up for downtime serves as well. */
  owesStart: boolean;
}

/** What a schedule looks like while nobody fires it: its memory, and the next slot from now on. */
export function idleView(schedule: CompiledSchedule, memory: ScheduleMemory | null, now: number): ScheduleView {
  const { pausedAt, skipAt, lastSlotAt, lastJobId } = entryOf(schedule, memory, now);
  return {
    schedule,
    pausedAt,
    skipAt: toCome(skipAt, now),
    lastSlotAt,
    lastJobId,
    nextAt: nextSlot(schedule, now)?.at ?? null,
  };
}

/** An instant that has not passed, else null. */
export function toCome(at: number | null, now: number): number | null {
  return at !== null && at > now ? at : null;
}

/** Where a schedule stands that the store remembers so; null: nothing yet. */
export function entryOf(schedule: CompiledSchedule, memory: ScheduleMemory | null, now: number): ScheduleEntry {
  return {
    schedule,
    pausedAt: memory?.pausedAt ?? null,
    skipAt: memory?.skipAt ?? null,
    highWaterAt: memory?.highWaterAt ?? now,
    lastSlotAt: memory?.lastSlotAt ?? null,
    lastJobId: memory?.lastJobId ?? null,
    backlog: [],
    waitingFor: null,
    owesStart: schedule.runOnStart,
  };
}
