import { acquireLock } from '../disk/lock.ts';
import { prepareStateDir } from '../disk/state-dir.ts';
import { systemClock } from '../platform/clock.ts';
import { type Restored, restoreBackup, verifyBackup } from '../store/sqlite/restore.ts';

/** Looks at every page of a backup; changes nothing. Throws `backup_invalid` or `schema_newer`. */
export const verify = verifyBackup;

/** Puts a backup in the place of the database of a state directory that nobody holds. Throws `already_running` or what is wrong with the backup. */
export function restore({
  stateDir,
  file,
  paused,
  pid,
}: {
  readonly stateDir: string;
  readonly file: string;
  /** True: the gateway that starts next starts no job until it is resumed. */
  readonly paused: boolean;
  readonly pid: number;
}): Restored {
  prepareStateDir(stateDir);
  const at = systemClock.now();
  const lock = acquireLock(stateDir, { pid, startedAt: at });
  try {
    return restoreBackup({ dir: stateDir, file, paused, at });
  } finally {
    lock.release();
  }
}
