import type { Decision } from '../domain/decision.ts';
import { isTerminal, type JobDraft } from '../domain/job.ts';
import { rootDraft } from '../domain/root-draft.ts';
import { type CompiledSchedule, LATE_MS, missedSlots, nextSlot, type Slot } from '../domain/schedule.ts';
import { isOpen } from '../domain/schedule-window.ts';
import { isStorageRefusal } from '../domain/storage-refusal.ts';
import { reach } from '../platform/fault-point.ts';
import type { JobNews } from './bus.ts';
import { coreEvent } from './core-event.ts';
import type { EngineParts } from './parts.ts';
import { entryOf, type ScheduleMemory, type ScheduleView, toCome } from './schedule-entry.ts';
import { collapsedDecision, gapDecisions, missedDecision, nameOf, slotDecision } from './slot-decision.ts';
import { type Gate, gateOf } from './slot-gate.ts';

/** How long to wait after the storage refused a slot, in milliseconds. */
const STORAGE_RETRY_MS = 1_000;

/** What the slot meets that somebody asked to skip. */
const SKIPPED = { kind: 'shut', code: 'slot_skipped', text: 'somebody asked to skip this run', values: null } as const;

/** What the runner of a schedule asks of its neighbours. */
export interface SchedulerHooks {
  /** A job was enqueued. */
  readonly wake: () => void;
  readonly cancel: (jobId: string) => Promise<unknown>;
}

/** Where a schedule goes on. */
export interface Successor {
  /** Null: nothing is remembered yet. */
  readonly memory: ScheduleMemory | null;
  /** False: its run at the start has been made. */
  readonly owesStart: boolean;
}

/** Fires the slots of one schedule, on its own: no other schedule waits for it. */
export interface ScheduleRunner {
  /** Looks now whether a slot is due; cheap when there is none. */
  wake(): void;
  /** Looks again when the job ended that the schedule waits for. */
  hear(news: JobNews): void;
  view(): ScheduleView;
  /** Takes over that the schedule is paused since an instant, or with null that it is not. */
  pause(pausedAt: number | null): void;
  /** Takes over that the slot of that nominal time is to be skipped. */
  skip(slotAt: number): void;
  /** Resolves, once nothing is under way any more, to what a successor goes on with. */
  stop(): Promise<Successor>;
}

/** A runner that starts from what the store remembers of the schedule; null: nothing yet. */
export function createScheduleRunner(
  parts: EngineParts,
  hooks: SchedulerHooks,
  { schedule, memory, owesStart }: Successor & { readonly schedule: CompiledSchedule },
): ScheduleRunner {
  const { store, clock } = parts;
  const log = parts.log.child('scheduler');
  const entry = { ...entryOf(schedule, memory, clock.now()), owesStart: schedule.runOnStart && owesStart };
  let stopped = false;
  let cancelTimer: () => void = () => {};
  let pass: Promise<void> | null = null;
  let passAgain = false;

  function wake(): void {
    if (stopped) return;
    passAgain = true;
    pass ??= passes().finally(() => {
      pass = null;
      // Woken after the last pass and before this: nobody else would notice.
      if (passAgain) wake();
    });
  }

  async function passes(): Promise<void> {
    while (passAgain && !stopped) {
      passAgain = false;
      const nextAt = await advance();
      cancelTimer();
      if (stopped) return;
      if (nextAt === 'soon') cancelTimer = clock.after(STORAGE_RETRY_MS, wake);
      else cancelTimer = nextAt === null ? () => {} : clock.at(nextAt, wake);
    }
  }

  /** Fires whatever is due; resolves to when to look again, `soon` after a failure, null when somebody else will tell. */
  async function advance(): Promise<number | 'soon' | null> {
    try {
      while (!stopped) {
        const now = clock.now();
        const [pending] = entry.backlog;
        if (pending !== undefined) {
          // Its window may have closed while the one before it ran.
          if (pending.at > now) return pending.at;
          if (entry.waitingFor !== null && !(await hasEnded(entry.waitingFor))) return null;
          await fire({ ...pending, at: now });
          continue;
        }
        const next = nextSlot(schedule, entry.highWaterAt);
        if (next !== null && next.at <= now) {
          if (now - next.at > LATE_MS) await catchUp(now);
          else entry.backlog = [next];
        } else if (entry.owesStart) {
          await runAtStart();
        } else {
          return next?.at ?? null;
        }
      }
      return null;
    } catch (error) {
      // Of its own refusals the store tells, once for everybody.
      if (!isStorageRefusal(error)) {
        log.error('a slot could not be fired; trying again in a second', {
          instance: schedule.instance,
          command: schedule.command,
          schedule: nameOf(schedule),
          error: error instanceof Error ? error.message : error,
        });
      }
      return 'soon';
    }
  }

  async function catchUp(now: number): Promise<void> {
    const { run, missed, highWaterAt } = missedSlots(schedule, { highWaterAt: entry.highWaterAt, now });
    if (missed !== null) await skip(missed.to, missedDecision(schedule, { missed, at: now }));
    entry.backlog = run;
    if (run.length === 0) entry.highWaterAt = Math.max(entry.highWaterAt, highWaterAt);
  }

  /** Fires the first slot of the backlog, skips it with its reason, or leaves it there until a run before it has ended. */
  async function fire(slot: Slot): Promise<void> {
    const gate = slot.nominalAt === entry.skipAt ? SKIPPED : await gateOf(parts, entry);
    const at = clock.now();
    if (gate.kind === 'shut') {
      await skip(slot.nominalAt, slotDecision(schedule, { ...gate, at }));
      shift(null);
      return;
    }
    if (gate.cancel !== null) {
      entry.waitingFor = gate.cancel;
      endPrevious(gate.cancel);
      return;
    }
    const { collapsed } = slot;
    const decisions = [
      ...gapDecisions(schedule, { after: entry.highWaterAt, upTo: slot.nominalAt, at }),
      ...(collapsed === null ? [] : [collapsedDecision(schedule, { collapsed, runAt: slot.at, at })]),
    ];
    shift(await enqueue(gate, slot.nominalAt, decisions));
  }

  function shift(jobId: string | null): void {
    entry.backlog = entry.backlog.slice(1);
    // Slots that are made up for run one at a time; a live one finds its way by `overlap`.
    entry.waitingFor = entry.backlog.length > 0 ? jobId : null;
    entry.owesStart = false;
  }

  /** Cancels without waiting: the bus tells when the job has ended, and the backlog goes on. */
  function endPrevious(jobId: string): void {
    hooks.cancel(jobId).then(wake, (error: unknown) => {
      log.warn('the previous run could not be cancelled; looking again', {
        job_id: jobId,
        instance: schedule.instance,
        command: schedule.command,
        schedule: nameOf(schedule),
        error: error instanceof Error ? error.message : error,
      });
      cancelTimer();
      if (!stopped) cancelTimer = clock.after(STORAGE_RETRY_MS, wake);
    });
  }

  /** A run outside the rhythm: it leaves the mark alone, so that no slot is lost to it. */
  async function runAtStart(): Promise<void> {
    const at = clock.now();
    const gate = await gateOf(parts, entry);
    const { window, timezone } = schedule;
    if (gate.kind === 'shut') await skip(entry.highWaterAt, slotDecision(schedule, { ...gate, at }));
    else if (window !== null && !isOpen(window, timezone, at)) {
      const text = 'the run at the start lay outside the window';
      await skip(entry.highWaterAt, slotDecision(schedule, { code: 'slot_window', text, values: null, at }));
    } else {
      if (gate.cancel !== null) endPrevious(gate.cancel);
      await enqueue(gate, null, []);
    }
    entry.owesStart = false;
  }

  async function enqueue(
    gate: OpenGate,
    slotAt: number | null,
    decisions: readonly Decision[],
  ): Promise<string | null> {
    const draft = draftFor(gate);
    reach('slot.begun');
    const result = await store.commit({ kind: 'fire_slot', schedule, slotAt, draft, decisions, probe: gate.probe });
    reach('slot.committed');
    if (slotAt !== null) entry.highWaterAt = Math.max(entry.highWaterAt, slotAt);
    if (result.kind === 'already_fired') return null;
    entry.lastSlotAt = slotAt ?? draft.createdAt;
    entry.lastJobId = result.admission.jobId;
    const { instance, command } = schedule;
    log.debug('slot fired', { job_id: result.admission.jobId, instance, command, schedule: nameOf(schedule) });
    hooks.wake();
    return result.admission.jobId;
  }

  async function skip(upTo: number, decision: Decision): Promise<void> {
    const gaps = gapDecisions(schedule, { after: entry.highWaterAt, upTo, at: decision.at });
    const { code: reason, values, text } = decision;
    const payload = { schedule: nameOf(schedule), instance: schedule.instance, reason, text, values };
    const routed = coreEvent(parts, { type: 'ductile.schedule.skipped', payload });
    await store.commit({ kind: 'skip_slots', schedule, upTo, decisions: [...gaps, decision], routed });
    entry.highWaterAt = Math.max(entry.highWaterAt, upTo);
    if (routed !== null) hooks.wake();
  }

  function draftFor({ instance, probe }: OpenGate): JobDraft {
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
    wake,
    hear(news) {
      if (entry.waitingFor === news.jobId && isTerminal(news.status)) wake();
    },
    view: () => ({
      schedule,
      pausedAt: entry.pausedAt,
      skipAt: toCome(entry.skipAt, clock.now()),
      lastSlotAt: entry.lastSlotAt,
      lastJobId: entry.lastJobId,
      nextAt: entry.backlog.length > 0 ? clock.now() : (nextSlot(schedule, entry.highWaterAt)?.at ?? null),
    }),
    skip(slotAt) {
      entry.skipAt = slotAt;
    },
    pause(pausedAt) {
      entry.pausedAt = pausedAt;
    },
    async stop() {
      stopped = true;
      cancelTimer();
      await pass;
      const { pausedAt, skipAt, highWaterAt, lastSlotAt, lastJobId } = entry;
      return { memory: { pausedAt, skipAt, highWaterAt, lastSlotAt, lastJobId }, owesStart: entry.owesStart };
    },
  };
}

type OpenGate = Extract<Gate, { kind: 'open' }>;
