import type { Decision } from '../domain/decision.ts';
import type { JobDraft } from '../domain/job.ts';
import { isTerminal } from '../domain/job.ts';
import { rootDraft } from '../domain/root-draft.ts';
import { type CompiledSchedule, missedSlots, nextSlot, type Slot } from '../domain/schedule.ts';
import type { ScheduleState } from '../store/port.ts';
import type { EngineParts } from './parts.ts';
import { collapsedDecision, gapDecisions, missedDecision, nameOf, slotDecision } from './slot-decision.ts';
import { type Gate, gateOf } from './slot-gate.ts';

/** A slot reached later than this was missed (downtime, suspend, clock jump) and falls under `catch_up`, in milliseconds. */
const LATE_MS = 10_000;
/** How long to wait after the storage refused a slot, in milliseconds. */
const STORAGE_RETRY_MS = 1_000;

/** A schedule as people see it: its configuration, its memory and what comes next. */
export interface ScheduleView {
  readonly schedule: CompiledSchedule;
  readonly pausedAt: number | null;
  readonly lastSlotAt: number | null;
  readonly lastJobId: string | null;
  /** When the next slot runs; null when there is none. */
  readonly nextAt: number | null;
}

/** Fires the slots of every schedule, each at most once. */
export interface Scheduler {
  /** Reads each schedule's memory, makes up for downtime, and from then on sleeps from slot to slot. */
  start(): Promise<void>;
  stop(): Promise<void>;
  views(): readonly ScheduleView[];
}

/** What a scheduler asks of its neighbours. */
export interface SchedulerHooks {
  /** A job was enqueued. */
  readonly wake: () => void;
  readonly cancel: (jobId: string) => Promise<unknown>;
}

interface Entry {
  readonly schedule: CompiledSchedule;
  readonly pausedAt: number | null;
  highWaterAt: number;
  lastSlotAt: number | null;
  lastJobId: string | null;
  /** Slots to make up for, oldest first; they run one at a time. */
  backlog: readonly Slot[];
  /** The job that must end before the next of the backlog runs. */
  catchingUp: string | null;
  /** True until the first run after the start, when `run_on_start` asks for one; making up for downtime serves as well. */
  owesStart: boolean;
}

/** A scheduler over the schedules of the snapshot in force when it starts. */
export function createScheduler(parts: EngineParts, hooks: SchedulerHooks): Scheduler {
  const { store, clock, log, bus } = parts;
  let entries: readonly Entry[] = [];
  let started = false;
  let cancelTimer: () => void = () => {};
  let passing: Promise<void> | null = null;
  let passAgain = false;
  let unsubscribe: () => void = () => {};

  function wake(): void {
    if (!started) return;
    passAgain = true;
    passing ??= passes().finally(() => {
      passing = null;
    });
  }

  async function passes(): Promise<void> {
    while (passAgain && started) {
      passAgain = false;
      const nextAts = await Promise.all(entries.map(advance));
      if (started) wakeAt(nextAts.reduce(earliest, null));
    }
  }

  function wakeAt(at: number | null): void {
    cancelTimer();
    cancelTimer = at === null ? () => {} : clock.at(at, wake);
  }

  /** Fires whatever is due of one schedule; resolves to when to look at it again. */
  async function advance(entry: Entry): Promise<number | null> {
    try {
      for (;;) {
        const now = clock.now();
        const [pending, ...rest] = entry.backlog;
        if (pending !== undefined) {
          // Its window may have closed while the one before it ran.
          if (pending.at > now) return pending.at;
          if (entry.catchingUp !== null && !(await hasEnded(entry.catchingUp))) return null;
          entry.catchingUp = await fire(entry, { ...pending, at: now });
          entry.backlog = rest;
          continue;
        }
        const next = nextSlot(entry.schedule, entry.highWaterAt);
        const isDue = next !== null && next.at <= now;
        if (!isDue && !entry.owesStart) return next?.at ?? null;
        if (!isDue) await fire(entry, { nominalAt: now, at: now, moved: false, collapsed: null });
        else if (now - next.at > LATE_MS) await catchUp(entry, now);
        else await fire(entry, next);
      }
    } catch (error) {
      log.error('a slot could not be fired; trying again in a second', {
        schedule: nameOf(entry.schedule),
        error: error instanceof Error ? error.message : error,
      });
      return clock.now() + STORAGE_RETRY_MS;
    }
  }

  async function catchUp(entry: Entry, now: number): Promise<void> {
    const { schedule } = entry;
    const { run, missed, highWaterAt } = missedSlots(schedule, { highWaterAt: entry.highWaterAt, now });
    if (missed !== null)
      await skip(entry, { upTo: missed.to, decision: missedDecision(schedule, { missed, at: now }) });
    entry.backlog = run;
    if (run.length === 0) entry.highWaterAt = Math.max(entry.highWaterAt, highWaterAt);
  }

  /** Fires one slot, or skips it with its reason; resolves to the id of the job it made. */
  async function fire(entry: Entry, slot: Slot): Promise<string | null> {
    const { schedule } = entry;
    entry.owesStart = false;
    const gate = await gateOf(parts, entry);
    const at = clock.now();
    if (gate.kind === 'shut') {
      await skip(entry, { upTo: slot.nominalAt, decision: slotDecision(schedule, { ...gate, at }) });
      return null;
    }
    if (gate.cancel !== null) await hooks.cancel(gate.cancel);
    const draft = draftFor(schedule, gate);
    const { collapsed } = slot;
    const decisions = [
      ...gapDecisions(schedule, { after: entry.highWaterAt, upTo: slot.nominalAt, at }),
      ...(collapsed === null ? [] : [collapsedDecision(schedule, { collapsed, runAt: slot.at, at })]),
    ];
    const command = {
      kind: 'fire_slot',
      schedule,
      slotAt: slot.nominalAt,
      draft,
      decisions,
      probe: gate.probe,
    } as const;
    const result = await store.commit(command);
    entry.highWaterAt = Math.max(entry.highWaterAt, slot.nominalAt);
    if (result.kind === 'already_fired') return null;
    entry.lastSlotAt = slot.nominalAt;
    entry.lastJobId = result.admission.jobId;
    log.debug('slot fired', { schedule: nameOf(schedule), job_id: result.admission.jobId });
    hooks.wake();
    return result.admission.jobId;
  }

  async function skip(entry: Entry, { upTo, decision }: { upTo: number; decision: Decision }): Promise<void> {
    const { schedule, highWaterAt } = entry;
    const gaps = gapDecisions(schedule, { after: highWaterAt, upTo, at: decision.at });
    await store.commit({ kind: 'skip_slots', schedule, upTo, decisions: [...gaps, decision] });
    entry.highWaterAt = Math.max(highWaterAt, upTo);
  }

  function draftFor(schedule: CompiledSchedule, { instance, probe }: Extract<Gate, { kind: 'open' }>): JobDraft {
    const { service, version } = parts.snapshot();
    return rootDraft({
      id: parts.newId(),
      instance,
      command: schedule.command,
      payload: schedule.payload,
      priority: schedule.priority,
      maxAttempts: probe ? 1 : (schedule.maxAttempts ?? undefined),
      timeoutMs: schedule.timeoutMs,
      submittedBy: `scheduler:${nameOf(schedule)}`,
      dedupeWindowMs: service.dedupeWindowMs,
      configVersion: version,
      now: clock.now(),
    });
  }

  async function hasEnded(jobId: string): Promise<boolean> {
    const job = await store.read.job(jobId);
    return job === null || isTerminal(job.status);
  }

  return {
    async start() {
      const { schedules } = parts.snapshot();
      const memory = await store.read.schedules();
      entries = schedules.map((schedule) => entryOf(schedule, memory, clock.now()));
      // Whoever waits for a run to end before the next one is looked at again when it does.
      unsubscribe = bus.subscribe((news) => {
        if (isTerminal(news.status) && entries.some((entry) => entry.catchingUp === news.jobId)) wake();
      });
      started = true;
      wake();
    },
    async stop() {
      started = false;
      unsubscribe();
      cancelTimer();
      await passing;
    },
    views: () =>
      entries.map((entry) => ({
        schedule: entry.schedule,
        pausedAt: entry.pausedAt,
        lastSlotAt: entry.lastSlotAt,
        lastJobId: entry.lastJobId,
        nextAt:
          entry.backlog[0] === undefined ? (nextSlot(entry.schedule, entry.highWaterAt)?.at ?? null) : clock.now(),
      })),
  };
}

/** What schedules look like while nobody fires them: their memory, and the next slot from now on. */
export function idleSchedules(
  schedules: readonly CompiledSchedule[],
  memory: readonly ScheduleState[],
  now: number,
): readonly ScheduleView[] {
  return schedules.map((schedule) => {
    const { pausedAt, lastSlotAt, lastJobId } = entryOf(schedule, memory, now);
    return { schedule, pausedAt, lastSlotAt, lastJobId, nextAt: nextSlot(schedule, now)?.at ?? null };
  });
}

function entryOf(schedule: CompiledSchedule, memory: readonly ScheduleState[], now: number): Entry {
  const known = memory.find((state) => state.instance === schedule.instance && state.id === schedule.id);
  return {
    schedule,
    pausedAt: known?.pausedAt ?? null,
    highWaterAt: known?.highWaterAt ?? now,
    lastSlotAt: known?.lastSlotAt ?? null,
    lastJobId: known?.lastJobId ?? null,
    backlog: [],
    catchingUp: null,
    owesStart: schedule.runOnStart,
  };
}

function earliest(a: number | null, b: number | null): number | null {
  if (a === null) return b;
  return b === null ? a : Math.min(a, b);
}
