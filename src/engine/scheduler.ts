import { formatInstant } from '../domain/instant.ts';
import { sameValue } from '../domain/same-value.ts';
import type { CompiledSchedule } from '../domain/schedule.ts';
import type { ScheduleKey, ScheduleState } from '../store/port/schedules.ts';
import type { EngineParts } from './parts.ts';
import { idleView, type ScheduleView } from './schedule-entry.ts';
import { createScheduleRunner, type ScheduleRunner, type SchedulerHooks, type Successor } from './schedule-runner.ts';
import { nameOf } from './slot-decision.ts';

/** Fires the slots of every schedule, each at most once. */
export interface Scheduler {
  /** Reads each schedule's memory, makes up for downtime, and from then on sleeps from slot to slot. */
  start(): Promise<void>;
  /**
   * Goes over to other schedules while `swap` puts them in force at `at`: those that stay the same go on undisturbed,
   * those with the same slots keep them, all others start afresh. When `swap` fails, everything stays as it was.
   */
  change(next: readonly CompiledSchedule[], at: number, swap: () => Promise<void>): Promise<void>;
  /** Has `commit` store the pause of a schedule and takes it over: since an instant, or with null that it is over. */
  pause<T>(schedule: ScheduleKey, pausedAt: number | null, commit: () => Promise<T>): Promise<T>;
  /** The same for the slot, by its nominal time, that somebody wants skipped. */
  skip<T>(schedule: ScheduleKey, slotAt: number, commit: () => Promise<T>): Promise<T>;
  stop(): Promise<void>;
  views(): readonly ScheduleView[];
}

/** A scheduler over the schedules of the snapshot in force when it starts. */
export function createScheduler(parts: EngineParts, hooks: SchedulerHooks): Scheduler {
  const { store, clock, bus } = parts;
  const log = parts.log.child('scheduler');
  let runners: readonly ScheduleRunner[] = [];
  let stopped = false;
  let unsubscribe: () => void = () => {};
  let lastTurn: Promise<unknown> = Promise.resolve();

  /** One after the other: a pause must not fall between what a runner leaves and what its successor takes over. */
  function inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = lastTurn.then(work);
    lastTurn = turn.catch(() => {});
    return turn;
  }

  function warnOfTheFuture({ instance, id, highWaterAt }: ScheduleState): void {
    if (highWaterAt <= clock.now()) return;
    const until = formatInstant(highWaterAt);
    log.warn('the clock has gone back: slots up to that instant have been dealt with already', {
      schedule: nameOf({ instance, id }),
      until,
    });
  }

  async function change(next: readonly CompiledSchedule[], at: number, swap: () => Promise<void>): Promise<void> {
    const held = runners.filter((runner) => !next.some((schedule) => sameValue(schedule, runner.view().schedule)));
    const left = await Promise.all(
      held.map(async (runner) => ({ schedule: runner.view().schedule, ...(await runner.stop()) })),
    );
    const begin = (schedules: readonly CompiledSchedule[]): void => {
      if (stopped) return;
      const same = runners.filter((runner) => !held.includes(runner));
      const going = new Map(same.map((runner) => [nameOf(runner.view().schedule), runner]));
      runners = schedules.map((schedule) => {
        return going.get(nameOf(schedule)) ?? createScheduleRunner(parts, hooks, successor(schedule, left, at));
      });
      for (const runner of runners) if (!same.includes(runner)) runner.wake();
    };
    const before = runners.map((runner) => runner.view().schedule);
    try {
      await swap();
    } catch (error) {
      begin(before);
      throw error;
    }
    begin(next);
  }

  return {
    async start() {
      stopped = false;
      const memory = await store.read.schedules();
      memory.forEach(warnOfTheFuture);
      runners = parts.snapshot().schedules.map((schedule) => {
        return createScheduleRunner(parts, hooks, { schedule, memory: memoryOf(schedule, memory), owesStart: true });
      });
      unsubscribe = bus.subscribe((news) => {
        for (const runner of runners) runner.hear(news);
      });
      for (const runner of runners) runner.wake();
    },
    change: (next, at, swap) => inTurn(() => change(next, at, swap)),
    skip: (key, slotAt, commit) =>
      inTurn(async () => {
        const result = await commit();
        runners.find((runner) => nameOf(runner.view().schedule) === nameOf(key))?.skip(slotAt);
        return result;
      }),
    pause: (key, pausedAt, commit) =>
      inTurn(async () => {
        const result = await commit();
        runners.find((runner) => nameOf(runner.view().schedule) === nameOf(key))?.pause(pausedAt);
        return result;
      }),
    async stop() {
      stopped = true;
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

/** A schedule as it goes on after a change at `at`; a changed rhythm forgets its slots, but not its last job. */
function successor(
  schedule: CompiledSchedule,
  left: readonly (Successor & { readonly schedule: CompiledSchedule })[],
  at: number,
): Successor & { readonly schedule: CompiledSchedule } {
  const old = left.find((one) => nameOf(one.schedule) === nameOf(schedule));
  if (old === undefined) return { schedule, memory: null, owesStart: true };
  const { memory, owesStart } = old;
  if (memory === null || old.schedule.hash === schedule.hash) return { schedule, memory, owesStart };
  return { schedule, memory: { ...memory, highWaterAt: at }, owesStart };
}

function memoryOf(schedule: CompiledSchedule, memory: readonly ScheduleState[]): ScheduleState | null {
  return memory.find((state) => state.instance === schedule.instance && state.id === schedule.id) ?? null;
}
