import { mkdirSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** Makes the folder of backups, for this user alone, when it is missing. */
export function prepareBackupDir(dir: string): void {
  mkdirSync(dir, { recursive: true, mode: 0o700 });
}

/** Names of everything in the folder of backups; an empty list when it is missing. */
export function backupNames(dir: string): readonly string[] {
  try {
    return readdirSync(dir);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw error;
  }
}

/** Bytes of a backup; null when it has gone. */
export function backupBytes(dir: string, name: string): number | null {
  return statSync(join(dir, name), { throwIfNoEntry: false })?.size ?? null;
}

/** Deletes a backup. */
export function removeBackup(dir: string, name: string): void {
  rmSync(join(dir, name), { force: true });
}
