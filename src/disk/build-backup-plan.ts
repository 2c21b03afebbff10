import { resolve } from 'node:path';
import type { BackupPlan } from '../domain/backup-plan.ts';
import type { ServiceSection } from '../domain/config/service.ts';
import { readRhythm } from '../domain/schedule-read.ts';
import type { LoadedConfig } from './load-config.ts';

/** The plan of `service.backup`; null when there is none, or when what is wrong with it was reported. */
export function readBackupPlan(
  written: ServiceSection['backup'],
  timezone: string,
  config: LoadedConfig,
): BackupPlan | null {
  if (written === undefined) return null;
  const { dir, every, cron, keep } = written;
  const path = ['service', 'backup'];
  const rhythm = readRhythm(
    every === undefined && cron === undefined ? { every: 'daily' } : { every, cron },
    { timezone, dst: { gap: 'after', fold: 'first' } },
    ({ key, code, message, hint }) => {
      const place = key === '' ? path : [...path, key];
      config.report({ severity: 'error', code, path: place, at: 'value', message: `service.backup: ${message}`, hint });
      return null;
    },
  );
  return rhythm === null ? null : { dir: resolve(config.directoryOf([...path, 'dir']), dir), rhythm, keep };
}
