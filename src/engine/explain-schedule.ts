import { CLOSED, forSlot } from '../domain/breaker.ts';
import { OperatorError } from '../domain/errors.ts';
import { explainSchedule, type ScheduleFacts } from '../domain/explain/explain-schedule.ts';
import type { Explanation } from '../domain/explain/explanation.ts';
import { nextSlot } from '../domain/schedule.ts';
import { breakerValues, pausedValues } from '../domain/slot-values.ts';
import { latestTimeOfDay } from '../domain/time-of-day.ts';
import type { Operations, StatusView } from './operations.ts';
import type { ScheduleView } from './schedule-entry.ts';
import { nameOf } from './slot-decision.ts';

/** Pages of jobs that are looked through for the one that a slot made. */
const MOST_PAGES = 10;

/** The time that a slot is asked about: an instant, or the latest time of day in the schedule's zone, in milliseconds after midnight. */
export type AskedTime = { readonly at: number } | { readonly timeMs: number };

/** Explains a schedule by its name, `<instance>/<id>`, or what became of its slot at an instant. */
export async function explainScheduleNamed(
  operations: Operations,
  { name, asked }: { readonly name: string; readonly asked: AskedTime | null },
): Promise<Explanation> {
  const status = await operations.status();
  const view = status.schedules.find(({ schedule }) => nameOf(schedule) === name);
  if (view === undefined) {
    throw new OperatorError('not_found', `no schedule "${name}" is configured any more`, {
      hint: '`ductile schedule list` has those that are; `ductile config history` tells what was.',
    });
  }
  const { items } = await operations.decisions({ schedule: name }, { limit: 100, cursor: null });
  const { schedule, lastSlotAt, lastJobId, nextAt } = view;
  const now = operations.now();
  const at = asked === null ? null : 'at' in asked ? asked.at : latestTimeOfDay(asked.timeMs, schedule.timezone, now);
  return explainSchedule({
    schedule,
    lastSlotAt,
    lastJobId,
    nextAt,
    decisions: items,
    shut: shutBy(status, view, now),
    running: status.running,
    at,
    slotJob: at === null ? null : await jobOfSlot(operations, view, at),
    now,
  });
}

/** What would skip a slot now, in the order in which the scheduler looks. */
function shutBy({ pausedAt, instances }: StatusView, view: ScheduleView, now: number): ScheduleFacts['shut'] {
  const { instance: name, command } = view.schedule;
  const found = instances.find(({ instance }) => instance.name === name);
  if (found === undefined || !found.instance.enabled) {
    return { code: 'slot_disabled', text: `the instance ${name} is disabled`, values: null };
  }
  const paused = (what: 'schedule' | 'instance' | 'gateway', text: string, since: number) => {
    return { code: 'slot_paused', text, values: pausedValues(what, since) } as const;
  };
  if (view.pausedAt !== null) return paused('schedule', 'the schedule is paused', view.pausedAt);
  if (pausedAt !== null) return paused('gateway', 'the whole gateway is paused', pausedAt);
  const since = found.standing?.pausedAt ?? null;
  if (since !== null) return paused('instance', `the instance ${name} is paused`, since);
  const breaker = found.breakers.find((one) => one.command === command);
  const way = breaker === undefined ? 'run' : forSlot(breaker, found.instance.breaker, now);
  const values = breakerValues(breaker ?? CLOSED);
  const which = `the circuit breaker of ${name} ${command}`;
  if (way === 'open') return { code: 'slot_breaker_open', text: `${which} is open after repeated failures`, values };
  if (way === 'half_open')
    return { code: 'slot_breaker_half_open', text: `${which} waits for its probe to end`, values };
  return null;
}

/** The job that the slot at `at` made: the first of the schedule from then to the slot after it. */
async function jobOfSlot(
  operations: Operations,
  { schedule, lastSlotAt, lastJobId }: ScheduleView,
  at: number,
): Promise<ScheduleFacts['slotJob']> {
  const before = nextSlot(schedule, at)?.nominalAt ?? Number.POSITIVE_INFINITY;
  const submitter = `scheduler:${nameOf(schedule)}`;
  let found: ScheduleFacts['slotJob'] = null;
  let cursor: string | null = null;
  for (let page = 0; page < MOST_PAGES; page += 1) {
    const filter = { status: null, instance: schedule.instance, since: at };
    const listed = await operations.jobs(filter, { limit: 500, cursor });
    for (const job of listed.items) {
      // Made up for later, a slot is the last one that fired.
      const late = lastSlotAt === at && job.id === lastJobId;
      if (job.submittedBy === submitter && (late || job.createdAt < before)) found = job;
    }
    cursor = listed.nextCursor;
    if (cursor === null) break;
  }
  return found;
}
