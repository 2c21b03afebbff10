import type { Connection } from './connection.ts';
import { isBusy, isFull } from './sqlite-error.ts';

/** Pages in the log that are not yet in the database at which they are moved there; 4 MiB. */
const MOVE_AT_PAGES = 1_000;
/** How soon that is tried again when a reader or a full disk kept some from being moved, in milliseconds. */
const AGAIN_AFTER_MS = 1_000;

/** Keeps the log short. */
export interface Checkpoints {
  /** Call it after each commit: moves what has gathered, without waiting for readers. */
  afterCommit(): void;
  /** Moves everything and empties the log; false when a reader is in the way. */
  truncate(): boolean;
}

interface Log {
  readonly busy: number;
  readonly log: number;
  readonly checkpointed: number;
}

/**
 * Checkpoints that are asked for. SQLite's own swallow their errors, a failed sync among them: whatever was committed
 * without sync could then be missing from the middle of the log, and a power cut would lose all that follows.
 */
export function createCheckpoints(db: Connection, monotonic: () => number): Checkpoints {
  let triedAt = Number.NEGATIVE_INFINITY;
  let triedPages = 0;

  function isDue(pages: number): boolean {
    if (pages < MOVE_AT_PAGES) return false;
    return pages >= triedPages + MOVE_AT_PAGES || pages < triedPages || monotonic() - triedAt >= AGAIN_AFTER_MS;
  }

  return {
    afterCommit() {
      const { log, checkpointed } = pragma(db, 'NOOP');
      if (!isDue(log - checkpointed)) return;
      triedAt = monotonic();
      try {
        const after = pragma(db, 'PASSIVE');
        triedPages = after.log - after.checkpointed;
      } catch (error) {
        // Commits go on as long as the log finds room: that one is told when it finds none.
        triedPages = log - checkpointed;
        if (!isFull(error) && !isBusy(error)) throw error;
      }
    },
    truncate: () => db.withoutWaiting(() => pragma(db, 'TRUNCATE').busy === 0),
  };
}

function pragma(db: Connection, mode: 'NOOP' | 'PASSIVE' | 'TRUNCATE'): Log {
  return db.get<Log>(`PRAGMA wal_checkpoint(${mode})`) ?? { busy: 1, log: 0, checkpointed: 0 };
}
