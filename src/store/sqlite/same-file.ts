import { type Stats, statSync } from 'node:fs';
import { OperatorError } from '../../domain/errors.ts';

/** How long a path that was looked at is taken to lead there still, in milliseconds. */
const LOOK_EVERY_MS = 1_000;

/**
 * Whether the path of the database still leads to the file that the connections have open. SQLite goes on in a file that
 * was deleted or replaced, and all that it syncs there is gone with the process.
 */
export interface SameFile {
  /** Throws `storage_unavailable` when it does not. */
  look(): void;
  /** The same, at most once a second. */
  lookSometimes(): void;
}

/** Remembers the file that is at the path now. */
export function createSameFile(path: string, monotonic: () => number): SameFile {
  const opened = fileAt(path);
  let lookedAt = monotonic();

  function look(): void {
    const found = fileAt(path);
    if (found !== null && found.ino === opened?.ino && found.dev === opened.dev) return;
    const what = found === null ? 'was deleted or moved' : 'was replaced by another file';
    throw new OperatorError('storage_unavailable', `${path} ${what} while the gateway had it open`, {
      hint: 'Put it back where it was, or restart the gateway, which begins with what is there now. Since this was noticed nothing is acknowledged.',
    });
  }

  return {
    look,
    lookSometimes() {
      const now = monotonic();
      if (now - lookedAt < LOOK_EVERY_MS) return;
      look();
      lookedAt = now;
    },
  };
}

function fileAt(path: string): Stats | null {
  return statSync(path, { throwIfNoEntry: false }) ?? null;
}
