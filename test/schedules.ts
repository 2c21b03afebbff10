import assert from 'node:assert/strict';
import { parseInstant } from '../src/domain/instant.ts';
import {
  type CompiledSchedule,
  compileSchedule,
  nextSlot,
  type ScheduleInput,
  type Slot,
} from '../src/domain/schedule.ts';
import { parseCron } from '../src/domain/schedule-cron.ts';
import type { WallPattern } from '../src/domain/schedule-pattern.ts';
import { nextOnWall, type WallRhythm } from '../src/domain/schedule-wall.ts';

export const SECOND_MS = 1_000;
export const MINUTE_MS = 60 * SECOND_MS;
export const HOUR_MS = 60 * MINUTE_MS;
export const DAY_MS = 24 * HOUR_MS;

/** Zones with transitions of different kinds, and one without. */
export const ZONES = [
  'UTC',
  'Europe/Berlin',
  'America/New_York',
  'Australia/Lord_Howe',
  'Africa/Casablanca',
  'America/St_Johns',
];

/** The instant of a reading in UTC, such as `2024-03-10T07:00`; seconds and a `Z` may follow. */
export function utc(reading: string): number {
  const bare = reading.replace('Z', '');
  const at = parseInstant(bare.length === 16 ? `${bare}:00Z` : `${bare}Z`);
  assert.ok(at !== null, reading);
  return at;
}

/** The schedule of an instance `backup` in UTC. */
export function scheduleOf(input: ScheduleInput): CompiledSchedule {
  const result = compileSchedule(input, { instance: 'backup', defaultTimezone: 'UTC' });
  assert.ok(result.ok, JSON.stringify(result));
  return result.schedule;
}

/** The slots whose nominal instants lie after `after` and before `to`. */
export function slotsIn(schedule: CompiledSchedule, after: number, to: number): Slot[] {
  const slots: Slot[] = [];
  for (
    let slot = nextSlot(schedule, after);
    slot !== null && slot.nominalAt < to;
    slot = nextSlot(schedule, slot.nominalAt)
  ) {
    slots.push(slot);
  }
  return slots;
}

/** The pattern of a cron expression. */
export function patternOf(expression: string): WallPattern {
  const parsed = parseCron(expression);
  assert.ok(parsed.ok, `${expression}: ${parsed.ok ? '' : parsed.message}`);
  return parsed.pattern;
}

/** The slots of a rhythm on the wall clock from `from` to before `to`. */
export function wallSlotsIn(rhythm: WallRhythm, from: number, to: number): number[] {
  const slots: number[] = [];
  for (let next = nextOnWall(rhythm, from - 1); next !== null && next.at < to; next = nextOnWall(rhythm, next.at)) {
    slots.push(next.at);
  }
  return slots;
}
