import { reach } from '../../platform/fault-point.ts';
import type { Connection } from './connection.ts';
import { storageError } from './sqlite-error.ts';

const MAX_TRANSACTION_MS = 5;
const MAX_HEAVY = 32;

/** One caller's work within a shared transaction. */
interface Entry {
  readonly execute: () => void;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
  readonly heavy: boolean;
}

/** Lets concurrent callers share transactions and syncs. */
export interface GroupCommit {
  /** Runs `work` in a coming transaction; resolves with its value once that is durable. `heavy` work is at most 32 per transaction. */
  submit<T>(work: () => T, heavy: boolean): Promise<T>;
  /** Commits everything that waits, now. */
  flush(): void;
}

/**
 * Collects the work of one turn of the event loop into one transaction, bounded by time so that the loop stays responsive.
 * When any of it fails the transaction is rolled back and each entry runs again in one of its own, so `work` must not keep results of an earlier run.
 */
export function createGroupCommit({
  db,
  monotonic,
  ready,
  onError,
  onCommit,
}: {
  readonly db: Connection;
  readonly monotonic: () => number;
  /** Called before each transaction; what it throws is told to everybody in it, and none begins. */
  readonly ready: () => void;
  /** Called with whatever ended a transaction. */
  readonly onError: (error: unknown) => void;
  /** Called after each commit with the number of rows it wrote and how long it took, its sync included. */
  readonly onCommit: (written: number, tookMs: number) => void;
}): GroupCommit {
  let waiting: Entry[] = [];
  let alone: Entry[] = [];
  let scheduled = false;

  function schedule(): void {
    if (scheduled) return;
    scheduled = true;
    setImmediate(turn);
  }

  function turn(): void {
    scheduled = false;
    const until = monotonic() + MAX_TRANSACTION_MS;
    if (alone.length > 0) commitAlone(until);
    else if (waiting.length > 0) commitGroup(until);
    if (alone.length + waiting.length > 0) schedule();
  }

  function commitGroup(until: number): void {
    let taken = 0;
    let heavy = 0;
    try {
      inTransaction(() => {
        for (const entry of waiting) {
          if (taken > 0 && (monotonic() >= until || heavy >= MAX_HEAVY)) break;
          taken++;
          if (entry.heavy) heavy++;
          entry.execute();
        }
      });
    } catch (error) {
      // Without even a transaction nobody is guilty, and there is no use in trying one by one.
      if (taken === 0) {
        rejectAll(error);
        return;
      }
      const group = take(taken);
      if (group.length === 1) group[0]?.reject(storageError(error));
      else alone = group;
      return;
    }
    for (const entry of take(taken)) entry.resolve();
  }

  function take(count: number): Entry[] {
    const taken = waiting.slice(0, count);
    waiting = waiting.slice(count);
    return taken;
  }

  function rejectAll(error: unknown): void {
    for (const entry of take(waiting.length)) entry.reject(storageError(error));
  }

  function commitAlone(until: number): void {
    let done = 0;
    for (const entry of alone) {
      if (done > 0 && monotonic() >= until) break;
      done++;
      try {
        inTransaction(entry.execute);
      } catch (error) {
        entry.reject(storageError(error));
        continue;
      }
      entry.resolve();
    }
    alone = alone.slice(done);
  }

  function inTransaction(work: () => void): void {
    ready();
    const before = db.written;
    const began = monotonic();
    try {
      // Whatever ran before: nothing is acknowledged that was not synced.
      db.setSynchronous('FULL');
      db.transaction(() => {
        reach('commit.begun');
        work();
        reach('commit.worked');
      });
    } catch (error) {
      onError(error);
      throw error;
    }
    reach('commit.synced');
    onCommit(db.written - before, monotonic() - began);
  }

  return {
    submit<T>(work: () => T, heavy: boolean) {
      const { promise, resolve, reject } = Promise.withResolvers<T>();
      let tell = (): void => {};
      waiting.push({
        execute: () => {
          const value = work();
          tell = () => resolve(value);
        },
        resolve: () => tell(),
        reject,
        heavy,
      });
      schedule();
      return promise;
    },
    flush() {
      while (alone.length + waiting.length > 0) turn();
    },
  };
}
