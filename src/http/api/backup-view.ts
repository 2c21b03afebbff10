import type { BackupState } from '../../engine/backups.ts';
import type { BackupFacts } from '../../engine/operations.ts';
import { instant } from './instant-view.ts';

/** A backup as it describes itself. */
export function backupView({ file, bytes, schema, jobs, gateway, at }: BackupFacts) {
  return { file, bytes, schema, jobs, gateway, at: instant(at) };
}

/** The plan of backups and what became of it. */
export function backupStateView({ dir, keep, last, nextAt, making, failing }: BackupState) {
  return {
    dir,
    keep,
    last: last === null ? null : { file: last.file, at: instant(last.at), bytes: last.bytes },
    next_at: instant(nextAt),
    making,
    failing_since: instant(failing?.since ?? null),
    error: failing?.message ?? null,
  };
}
