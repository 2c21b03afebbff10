import { accessSync, constants, statSync } from 'node:fs';
import { backupNames } from '../../disk/backup-files.ts';
import { backupAt, nextBackupAt } from '../../domain/backup-plan.ts';
import type { Snapshot } from '../../domain/snapshot.ts';
import { span } from '../../domain/span.ts';
import { type DoctorFinding, fail, guarded, ok, warn } from './finding.ts';

/** How late a backup may be before it is a matter for the doctor, in milliseconds. */
const LATE_MS = 3_600_000;

/** Whether there is a plan of backups, and the latest one is as young as it says. */
export function checkBackups({ service }: Snapshot, now: number): readonly DoctorFinding[] {
  const { backup, name: gateway, stateDir, timezone } = service;
  if (backup === null) {
    const hint =
      'Add `service.backup: { dir: … }`, or run `ductile backup <file>` from somewhere that does not forget.';
    return [warn('backups', 'none are made by themselves', hint)];
  }
  const { dir } = backup;
  return guarded('backups', () => {
    const times = backupNames(dir).flatMap((name) => backupAt(gateway, name) ?? []);
    if (times.length === 0)
      return [warn('backups', `there is none in ${dir} yet`, 'Run `ductile backup`, or start the gateway.')];
    accessSync(dir, constants.W_OK);
    const lastAt = Math.max(...times);
    const text = `${times.length} in ${dir}, the latest ${span(Math.max(now - lastAt, 0))} old`;
    const dueBefore = nextBackupAt(backup, { timezone, lastAt, now: Math.max(lastAt, now - LATE_MS) });
    if (dueBefore !== null && dueBefore <= now - LATE_MS) {
      return [fail('backups', `${text}: one is overdue`, '`ductile status` says why; without a gateway none is made.')];
    }
    if (statSync(dir).dev !== statSync(stateDir, { throwIfNoEntry: false })?.dev) return [ok('backups', text)];
    return [warn('backups', `${text}, on the disk of the state directory`, 'Put service.backup.dir on another disk.')];
  });
}
