import { isStorageRefusal } from '../domain/storage-refusal.ts';
import { reach } from '../platform/fault-point.ts';
import type { Claimed, Held } from '../store/port/claims.ts';
import { type AttemptSignals, attempt, attemptMarker, type EndReason } from './attempt.ts';
import { createHoldRecord } from './hold-record.ts';
import type { EngineParts } from './parts.ts';

/** How long a claim is good for, in milliseconds; one gateway holds the state directory, so it is never taken over. */
const LEASE_MS = 60_000;
/** How long to wait after the storage refused a claim, in milliseconds. */
const STORAGE_RETRY_MS = 1_000;
/** How long killed processes may take to be settled once the grace is over, in milliseconds: TERM, 5 s, KILL. */
const KILL_MS = 10_000;

/** Takes due jobs off the queue and runs them, as many at a time as there are slots. */
export interface Dispatcher {
  start(): void;
  /** Something may have become due: look now. Cheap when there is nothing. */
  wake(): void;
  /** Ends the process of a running job; false when it is not running here. */
  cancel(jobId: string): boolean;
  /** True from its start to its end. */
  isAtWork(): boolean;
  /** Markers of the attempts that have a process now. */
  active(): ReadonlySet<string>;
  /** Instances that had to wait at the last look, and why. */
  held(): readonly Held[];
  /** Ends every attempt now: TERM, 5 s, KILL (`interrupted`). */
  interrupt(): void;
  /** Claims nothing more, lets running attempts end for `graceMs`, then terminates them (`interrupted`). */
  stop(graceMs: number): Promise<void>;
}

interface Running {
  readonly claimed: Claimed;
  readonly end: AbortController;
  readonly over: Promise<void>;
}

/**
 * A dispatcher that never polls: it looks when it is woken, when a slot becomes free and when the next job is due.
 * `only` restricts it to one job.
 */
export function createDispatcher(parts: EngineParts, only: string | null = null): Dispatcher {
  const { store, clock, log } = parts;
  const running = new Map<string, Running>();
  const giveUp = new AbortController();
  let state: 'idle' | 'started' | 'stopping' = 'idle';
  let looking: Promise<void> | null = null;
  let lookAgain = false;
  let cancelTimer: () => void = () => {};
  let held: readonly Held[] = [];
  const holds = createHoldRecord(parts);

  function wake(): void {
    if (state !== 'started') return;
    lookAgain = true;
    looking ??= look().finally(() => {
      looking = null;
      // Woken after the last look and before this: nobody else would notice.
      if (lookAgain) wake();
    });
  }

  async function look(): Promise<void> {
    try {
      while (lookAgain && state === 'started') {
        // Everybody whose work was in the same commit wakes it now: one look is enough for all of them.
        await Promise.resolve();
        lookAgain = false;
        await claimAll();
      }
    } catch (error) {
      lookAgain = false;
      // Of its own refusals the store tells, once for everybody.
      if (!isStorageRefusal(error)) {
        const why = error instanceof Error ? error.message : error;
        log.error('claiming failed; trying again in a second', { error: why });
      }
      cancelTimer();
      cancelTimer = clock.after(STORAGE_RETRY_MS, wake);
    }
  }

  /** Claims until every slot is taken or nothing more is due. */
  async function claimAll(): Promise<void> {
    for (;;) {
      const slots = parts.snapshot().service.concurrency - running.size;
      if (slots <= 0 || state !== 'started') return;
      reach('claim.begun');
      const found = await store.claim({ slots, owner: parts.gatewayId, now: clock.now(), leaseMs: LEASE_MS, only });
      if (found.jobs.length > 0) reach('claim.committed');
      held = found.held;
      // One job that is asked for by itself tells its own story.
      if (only === null) holds.note(held);
      for (const claimed of found.jobs) begin(claimed);
      if (found.jobs.length === 0) {
        if (found.nextAt !== null) wakeAt(found.nextAt);
        return;
      }
    }
  }

  function wakeAt(at: number): void {
    cancelTimer();
    cancelTimer = clock.at(at, wake);
  }

  function begin(claimed: Claimed): void {
    const end = new AbortController();
    const signals: AttemptSignals = { end: end.signal, giveUp: giveUp.signal };
    const { job } = claimed;
    parts.bus.publish({
      jobId: job.id,
      instance: job.instance,
      command: job.command,
      status: 'running',
      attempt: job.attempt,
    });
    const over = attempt(parts, claimed, signals)
      .catch((error: unknown) => {
        log.error('an attempt ended in a bug; the next start will run the job again', {
          job_id: job.id,
          instance: job.instance,
          command: job.command,
          attempt: job.attempt,
          error: error instanceof Error ? (error.stack ?? error.message) : error,
        });
      })
      .finally(() => {
        running.delete(job.id);
        wake();
      });
    running.set(job.id, { claimed, end, over });
  }

  function endAll(reason: EndReason): void {
    for (const { end } of running.values()) end.abort(reason);
  }

  async function settled(withinMs: number): Promise<boolean> {
    let cancelDeadline: () => void = () => {};
    const late = new Promise<false>((resolve) => {
      cancelDeadline = clock.after(withinMs, () => resolve(false));
    });
    const all = Promise.all([...running.values()].map(({ over }) => over)).then(() => true as const);
    const done = await Promise.race([all, late]);
    cancelDeadline();
    return done;
  }

  return {
    start() {
      if (state !== 'idle') return;
      state = 'started';
      wake();
    },
    wake,
    isAtWork: () => state === 'started',
    cancel(jobId) {
      const found = running.get(jobId);
      found?.end.abort('cancelled' satisfies EndReason);
      return found !== undefined;
    },
    active: () => new Set([...running.values()].map(({ claimed }) => attemptMarker(claimed.job))),
    held: () => held,
    interrupt: () => endAll('interrupted'),
    async stop(graceMs) {
      state = 'stopping';
      cancelTimer();
      // A claim that is under way may still bring jobs; they are among those that get the grace.
      await looking;
      await holds.written();
      if (running.size === 0 || (graceMs > 0 && (await settled(graceMs)))) return;
      log.warn('the grace is over; terminating what still runs', { running: running.size });
      endAll('interrupted');
      if (await settled(KILL_MS)) return;
      giveUp.abort();
      await settled(KILL_MS);
    },
  };
}
