import { type CompiledSchedule, nextSlot } from './schedule.ts';
import type { Snapshot } from './snapshot.ts';
import { scheduleName } from './snapshot-difference.ts';

/** A run that a schedule would make. */
export interface ForeseenSlot {
  readonly schedule: string;
  /** Epoch milliseconds. */
  readonly at: number;
}

/** How the slots of a span differ between two configurations, in the order of time; `more` counts what is left out. */
export interface SlotChange {
  readonly lost: readonly ForeseenSlot[];
  readonly gained: readonly ForeseenSlot[];
  readonly more: number;
}

/** Slots that are told of one kind, and that are looked at of one schedule. */
const MOST_TOLD = 100;
const MOST_SLOTS = 1_000;

/** The slots after `from` up to `to` that only one of two snapshots has; schedules of disabled instances have none. */
export function slotChange(
  before: Snapshot,
  after: Snapshot,
  { from, to }: { readonly from: number; readonly to: number },
): SlotChange {
  const same = new Set(
    active(before)
      .filter(isIn(active(after)))
      .map(keyOf),
  );
  const slotsOf = (snapshot: Snapshot): readonly ForeseenSlot[] =>
    active(snapshot)
      .filter((schedule) => !same.has(keyOf(schedule)))
      .flatMap((schedule) => slotsBetween(schedule, from, to));
  const [old, young] = [slotsOf(before), slotsOf(after)];
  const lost = only(old, young);
  const gained = only(young, old);
  const told = (slots: readonly ForeseenSlot[]): readonly ForeseenSlot[] =>
    slots.toSorted((a, b) => a.at - b.at).slice(0, MOST_TOLD);
  const more = Math.max(lost.length - MOST_TOLD, 0) + Math.max(gained.length - MOST_TOLD, 0);
  return { lost: told(lost), gained: told(gained), more };
}

function active({ schedules, instances }: Snapshot): readonly CompiledSchedule[] {
  return schedules.filter(({ instance }) => instances.get(instance)?.enabled === true);
}

function isIn(schedules: readonly CompiledSchedule[]): (schedule: CompiledSchedule) => boolean {
  const keys = new Set(schedules.map(keyOf));
  return (schedule) => keys.has(keyOf(schedule));
}

function keyOf(schedule: CompiledSchedule): string {
  return `${scheduleName(schedule)} ${schedule.hash}`;
}

function slotsBetween(schedule: CompiledSchedule, from: number, to: number): readonly ForeseenSlot[] {
  const slots: ForeseenSlot[] = [];
  for (let slot = nextSlot(schedule, from); slot !== null && slot.at <= to; slot = nextSlot(schedule, slot.nominalAt)) {
    if (slots.length >= MOST_SLOTS) break;
    slots.push({ schedule: scheduleName(schedule), at: slot.at });
  }
  return slots;
}

function only(slots: readonly ForeseenSlot[], others: readonly ForeseenSlot[]): readonly ForeseenSlot[] {
  const known = new Set(others.map(({ schedule, at }) => `${schedule} ${at}`));
  return slots.filter(({ schedule, at }) => !known.has(`${schedule} ${at}`));
}
