import { forSlot } from '../domain/breaker.ts';
import type { Decision, DecisionCode } from '../domain/decision.ts';
import { formatInstant } from '../domain/instant.ts';
import type { JobDraft } from '../domain/job.ts';
import { isTerminal } from '../domain/job.ts';
import { type CompiledSchedule, missedSlots, nextSlot, type Slot } from '../domain/schedule.ts';
import type { ScheduleState } from '../store/port.ts';
import type { EngineParts } from './parts.ts';

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
    const { run, missed, highWaterAt } = missedSlots(entry.schedule, { highWaterAt: entry.highWaterAt, now });
    if (missed !== null) {
      const text =
        `${missed.count} slot(s) from ${formatInstant(missed.from)} to ${formatInstant(missed.to)} fell into a time ` +
        `when the gateway did not run; catch_up: ${entry.schedule.catchUp} does not make up for them`;
      await skip(entry, { code: 'slot_missed', text, upTo: missed.to, values: { ...missed } });
    }
    entry.backlog = run;
    if (run.length === 0) entry.highWaterAt = Math.max(entry.highWaterAt, highWaterAt);
  }

  /** Fires one slot, or skips it with its reason; resolves to the id of the job it made. */
  async function fire(entry: Entry, slot: Slot): Promise<string | null> {
    const { schedule } = entry;
    entry.owesStart = false;
    const instance = parts.snapshot().instances.get(schedule.instance);
    if (instance === undefined || !instance.enabled) {
      return skip(entry, { code: 'slot_disabled', text: `the instance "${schedule.instance}" is disabled`, upTo: slot.nominalAt });
    }
    if (entry.pausedAt !== null) {
      return skip(entry, { code: 'slot_paused', text: 'the schedule is paused', upTo: slot.nominalAt });
    }
    const breaker = (await store.read.breakers()).find((b) => b.instance === instance.name && b.command === schedule.command);
    const way = breaker === undefined ? 'run' : forSlot(breaker, instance.breaker, clock.now());
    if (way === 'open') {
      const text = `the circuit breaker of "${instance.name}" ${schedule.command} is open after repeated failures`;
      return skip(entry, { code: 'slot_breaker_open', text, upTo: slot.nominalAt });
    }
    if (way === 'half_open') {
      const text = `the circuit breaker of "${instance.name}" ${schedule.command} waits for its probe to end`;
      return skip(entry, { code: 'slot_breaker_half_open', text, upTo: slot.nominalAt });
    }
    if (schedule.overlap !== 'queue' && (await isUnfinished(entry.lastJobId))) {
      if (schedule.overlap === 'skip') {
        const text = 'the previous run was not finished';
        return skip(entry, { code: 'slot_overlap', text, upTo: slot.nominalAt, values: { job_id: entry.lastJobId } });
      }
      if (entry.lastJobId !== null) await hooks.cancel(entry.lastJobId);
    }
    const probe = way === 'probe';
    const draft = draftFor(schedule, probe ? 1 : (schedule.maxAttempts ?? instance.retry.maxAttempts), instance.plugin);
    const decisions = slot.collapsed === null ? [] : [collapsedDecision(schedule, slot, slot.collapsed)];
    const result = await store.commit({ kind: 'fire_slot', schedule, slotAt: slot.nominalAt, draft, decisions, probe });
    entry.highWaterAt = Math.max(entry.highWaterAt, slot.nominalAt);
    if (result.kind === 'already_fired') return null;
    entry.lastSlotAt = slot.nominalAt;
    entry.lastJobId = result.admission.jobId;
    log.debug('slot fired', { schedule: nameOf(schedule), job_id: result.admission.jobId });
    hooks.wake();
    return result.admission.jobId;
  }

  function draftFor(schedule: CompiledSchedule, maxAttempts: number, plugin: string): JobDraft {
    const id = parts.newId();
    const now = clock.now();
    const { service, version } = parts.snapshot();
    return {
      id,
      instance: schedule.instance,
      plugin,
      command: schedule.command,
      payload: schedule.payload,
      priority: schedule.priority,
      maxAttempts,
      runAt: now,
      dedupeKey: null,
      dedupeWindowMs: service.dedupeWindowMs,
      idempotencyKey: id,
      submittedBy: `scheduler:${nameOf(schedule)}`,
      parentJobId: null,
      rootJobId: id,
      sourceEventId: null,
      depth: 0,
      timeoutMs: schedule.timeoutMs,
      fromCore: false,
      configVersion: version,
      createdAt: now,
    };
  }

  async function skip(
    entry: Entry,
    reason: { code: DecisionCode; text: string; upTo: number; values?: Decision['values'] },
  ): Promise<null> {
    const { code, text, upTo, values = null } = reason;
    const decision = slotDecision(entry.schedule, { code, text, values, at: clock.now() });
    await store.commit({ kind: 'skip_slots', schedule: entry.schedule, upTo, decisions: [decision] });
    entry.highWaterAt = Math.max(entry.highWaterAt, upTo);
    return null;
  }

  function collapsedDecision(schedule: CompiledSchedule, slot: Slot, collapsed: NonNullable<Slot['collapsed']>): Decision {
    const text = `${collapsed.count} slot(s) outside the window were folded into the run at ${formatInstant(slot.at)}`;
    return slotDecision(schedule, { code: 'slot_window', text, values: { ...collapsed }, at: clock.now() });
  }

  async function hasEnded(jobId: string): Promise<boolean> {
    const job = await store.read.job(jobId);
    return job === null || isTerminal(job.status);
  }

  /** Running, or due and not started; a job that waits for its next attempt does not count. */
  async function isUnfinished(jobId: string | null): Promise<boolean> {
    const job = jobId === null ? null : await store.read.job(jobId);
    return job !== null && (job.status === 'running' || (job.status === 'queued' && job.runAt <= clock.now()));
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
        nextAt: entry.backlog[0] === undefined ? (nextSlot(entry.schedule, entry.highWaterAt)?.at ?? null) : clock.now(),
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

/** A schedule's name across the gateway: `<instance>/<id>`. */
export function nameOf(schedule: { readonly instance: string; readonly id: string }): string {
  return `${schedule.instance}/${schedule.id}`;
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

function slotDecision(
  schedule: CompiledSchedule,
  { code, text, values, at }: { code: DecisionCode; text: string; values: Decision['values']; at: number },
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

function earliest(a: number | null, b: number | null): number | null {
  if (a === null) return b;
  return b === null ? a : Math.min(a, b);
}
