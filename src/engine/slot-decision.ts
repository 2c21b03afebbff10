import type { Decision, DecisionCode } from '../domain/decision.ts';
import { formatInstant } from '../domain/instant.ts';
import type { Json } from '../domain/json.ts';
import type { CompiledSchedule, SlotTimes } from '../domain/schedule.ts';
import { slotsLostInGaps } from '../domain/schedule-nominal.ts';

/** A schedule's name across the gateway: `<instance>/<id>`. */
export function nameOf(schedule: { readonly instance: string; readonly id: string }): string {
  return `${schedule.instance}/${schedule.id}`;
}

/** The record of something that happened to a schedule's slots; repeats of one kind are counted. */
export function slotDecision(
  schedule: CompiledSchedule,
  { code, text, values, at }: { code: DecisionCode; text: string; values: Json; at: number },
): Decision {
  const name = nameOf(schedule);
  return {
    code,
    at,
    text: `${name}: ${text}`,
    jobId: null,
    eventId: null,
    instance: schedule.instance,
    schedule: name,
    route: null,
    values,
    collapseKey: `${code}:${name}`,
  };
}

/** That somebody paused or resumed the schedule. */
export function pausedDecision(
  schedule: CompiledSchedule,
  { paused, at }: { readonly paused: boolean; readonly at: number },
): Decision {
  const code = paused ? 'schedule_paused' : 'schedule_resumed';
  const text = paused ? 'was paused; its slots are skipped until somebody resumes it' : 'was resumed';
  return slotDecision(schedule, { code, text, values: null, at });
}

/** Slots outside the window that became the run at `runAt`. */
export function collapsedDecision(
  schedule: CompiledSchedule,
  { collapsed, runAt, at }: { collapsed: SlotTimes; runAt: number; at: number },
): Decision {
  const text = `${slots(collapsed.count)} outside the window became the run at ${formatInstant(runAt)}`;
  return slotDecision(schedule, { code: 'slot_window', text, values: { ...collapsed }, at });
}

const CATCHES_UP = {
  none: 'makes up for none of them',
  latest: 'makes up for the last slot only',
  all: 'makes up for no more than the last 100 slots',
} as const;

/** Slots that fell into downtime and are not made up for. */
export function missedDecision(
  schedule: CompiledSchedule,
  { missed, at }: { missed: SlotTimes; at: number },
): Decision {
  const text =
    `${slots(missed.count)} from ${formatInstant(missed.from)} to ${formatInstant(missed.to)} fell into a time when ` +
    `the gateway did not run; catch_up: ${schedule.catchUp} ${CATCHES_UP[schedule.catchUp]}`;
  return slotDecision(schedule, { code: 'slot_missed', text, values: { ...missed }, at });
}

/** Slots in (after, upTo] that the clock never showed, for schedules with `dst.gap: skip`. */
export function gapDecisions(
  schedule: CompiledSchedule,
  { after, upTo, at }: { after: number; upTo: number; at: number },
): readonly Decision[] {
  if (schedule.dst.gap !== 'skip') return [];
  return slotsLostInGaps(schedule, { after, upTo }).map((loss) => {
    const text = `${slots(loss.count)} fell into the gap of the clock before ${formatInstant(loss.at)}; dst.gap is skip`;
    return slotDecision(schedule, { code: 'slot_dst_gap', text, values: { count: loss.count, at: loss.at }, at });
  });
}

function slots(count: number): string {
  return count === 1 ? '1 slot' : `${count} slots`;
}
