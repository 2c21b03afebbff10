import type { Decision } from '../domain/decision.ts';
import { nearest } from '../domain/did-you-mean.ts';
import { OperatorError } from '../domain/errors.ts';
import { type CompiledSchedule, missedSlots, nextSlot } from '../domain/schedule.ts';
import type { Admission } from '../store/port/outcomes.ts';
import type { ScheduleKey } from '../store/port/schedules.ts';
import type { Enqueue } from './enqueue.ts';
import type { EngineParts } from './parts.ts';
import type { Scheduler } from './scheduler.ts';
import { nameOf, pausedDecision, slotDecision } from './slot-decision.ts';

/** What an operator does to schedules. Each throws OperatorError `not_found` for one that is not configured. */
export interface ScheduleOperations {
  /** Pauses or resumes a schedule; false when it was so already. */
  pauseSchedule(schedule: ScheduleKey, paused: boolean): Promise<boolean>;
  /** Skips the next slot of a schedule; resolves to its nominal time. */
  skipNextSlot(schedule: ScheduleKey): Promise<{ readonly slotAt: number; readonly changed: boolean }>;
  /** Makes the job of a schedule now, beside its slots; `submittedBy` is who asks: `cli` or `api:<token>`. */
  runSchedule(schedule: ScheduleKey, submittedBy: string): Promise<Admission>;
}

/** What the operations need of the running machinery. */
interface Around {
  readonly enqueue: Enqueue;
  readonly running: boolean;
  readonly pauseSchedule: Scheduler['pause'];
  readonly skipSlot: Scheduler['skip'];
}

/** The operations on schedules over a store and the machinery around it. */
export function createScheduleOperations(parts: EngineParts, machinery: Around): ScheduleOperations {
  const { store, clock } = parts;

  function known(key: ScheduleKey): CompiledSchedule {
    const { schedules } = parts.snapshot();
    const name = nameOf(key);
    const schedule = schedules.find((one) => nameOf(one) === name);
    if (schedule !== undefined) return schedule;
    const near = nearest(name, schedules.map(nameOf));
    const hint = near === null ? '`ductile schedule list` shows every schedule' : `did you mean "${near}"?`;
    throw new OperatorError('not_found', `no schedule "${name}" is configured`, { hint });
  }

  /** What fell into a pause while nobody was there to skip it: a pause is not caught up. */
  async function passedOver(
    schedule: CompiledSchedule,
    at: number,
  ): Promise<{ readonly upTo: number | null; readonly decisions: readonly Decision[] }> {
    const memory = (await store.read.schedules()).find((state) => nameOf(state) === nameOf(schedule));
    if (memory === undefined || memory.pausedAt === null) return { upTo: null, decisions: [] };
    const { highWaterAt } = memory;
    const { missed, highWaterAt: upTo } = missedSlots({ ...schedule, catchUp: 'none' }, { highWaterAt, now: at });
    if (missed === null) return { upTo: null, decisions: [] };
    const text = `${missed.count === 1 ? '1 slot' : `${missed.count} slots`} passed before the schedule was resumed`;
    return { upTo, decisions: [slotDecision(schedule, { code: 'slot_paused', text, values: { ...missed }, at })] };
  }

  return {
    async pauseSchedule(key, paused) {
      const schedule = known(key);
      machinery.enqueue.checkOpen();
      const at = clock.now();
      const kind = await machinery.pauseSchedule(key, paused ? at : null, async () => {
        const passed = paused || machinery.running ? { upTo: null, decisions: [] } : await passedOver(schedule, at);
        const decisions = [...passed.decisions, pausedDecision(schedule, { paused, at })];
        const { instance, id } = key;
        const { upTo } = passed;
        const schedulePause = {
          kind: 'pause_schedule',
          schedule: { instance, id },
          paused,
          at,
          upTo,
          decisions,
        } as const;
        return (await store.commit(schedulePause)).kind;
      });
      if (kind === 'unknown') throw new OperatorError('not_found', `nobody has started "${nameOf(key)}" yet`);
      return kind === 'changed';
    },
    async skipNextSlot(key) {
      const schedule = known(key);
      machinery.enqueue.checkOpen();
      const slotAt = nextSlot(schedule, clock.now())?.nominalAt;
      if (slotAt === undefined) throw new OperatorError('not_found', `"${nameOf(key)}" has no further slot to skip`);
      const { instance, id } = key;
      const { kind } = await machinery.skipSlot(key, slotAt, () =>
        store.commit({ kind: 'skip_next', schedule: { instance, id }, slotAt }),
      );
      if (kind === 'unknown') throw new OperatorError('not_found', `nobody has started "${nameOf(key)}" yet`);
      return { slotAt, changed: kind === 'changed' };
    },
    runSchedule(key, submittedBy) {
      const { instance, command, payload, priority, maxAttempts, timeoutMs } = known(key);
      return machinery.enqueue.submit({
        instance,
        command,
        payload,
        priority,
        timeoutMs,
        submittedBy,
        ...(maxAttempts === null ? {} : { maxAttempts }),
      });
    },
  };
}
