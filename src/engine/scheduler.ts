import { formatInstant } from '../domain/instant.ts';
import type { CompiledSchedule } from '../domain/schedule.ts';
import type { ScheduleState } from '../store/port.ts';
import type { EngineParts } from './parts.ts';
import { idleView, type ScheduleView } from './schedule-entry.ts';
import { createScheduleRunner, type ScheduleRunner, type SchedulerHooks } from './schedule-runner.ts';
import { nameOf } from './slot-decision.ts';

/** Fires the slots of every schedule, each at most once. */
export interface Scheduler {
  /** Reads each schedule's memory, makes up for downtime, and from then on sleeps from slot to slot. */
  start(): Promise<void>;
  stop(): Promise<void>;
  views(): readonly ScheduleView[];
}

/** A scheduler over the schedules of the snapshot in force when it starts. */
export function createScheduler(parts: EngineParts, hooks: SchedulerHooks): Scheduler {
  const { store, clock, bus } = parts;
  const log = parts.log.child('scheduler');
  let runners: readonly ScheduleRunner[] = [];
  let unsubscribe: () => void = () => {};

  function warnOfTheFuture({ instance, id, highWaterAt }: ScheduleState): void {
    if (highWaterAt <= clock.now()) return;
    const until = formatInstant(highWaterAt);
    log.warn('the clock has gone back: slots up to that instant have been dealt with already', {
      schedule: nameOf({ instance, id }),
      until,
    });
  }

  return {
    async start() {
      const memory = await store.read.schedules();
      memory.forEach(warnOfTheFuture);
      runners = parts.snapshot().schedules.map((schedule) => {
        return createScheduleRunner(parts, hooks, { schedule, memory: memoryOf(schedule, memory) });
      });
      unsubscribe = bus.subscribe((news) => {
        for (const runner of runners) runner.hear(news);
      });
      for (const runner of runners) runner.wake();
    },
    async stop() {
      unsubscribe();
      await Promise.all(runners.map((runner) => runner.stop()));
    },
    views: () => runners.map((runner) => runner.view()),
  };
}

/** What schedules look like while nobody fires them. */
export function idleSchedules(
  schedules: readonly CompiledSchedule[],
  memory: readonly ScheduleState[],
  now: number,
): readonly ScheduleView[] {
  return schedules.map((schedule) => idleView(schedule, memoryOf(schedule, memory), now));
}

function memoryOf(schedule: CompiledSchedule, memory: readonly ScheduleState[]): ScheduleState | null {
  return memory.find((state) => state.instance === schedule.instance && state.id === schedule.id) ?? null;
}
