import { formatInstant, parseInstant } from './instant.ts';
import { nextNominal, previousNominal } from './schedule-nominal.ts';
import type { Rhythm, Timing } from './schedule-timing.ts';

/** When backups are made, where, and how many are kept. */
export interface BackupPlan {
  /** Absolute path of the folder. */
  readonly dir: string;
  readonly rhythm: Rhythm;
  /** The latest ones; older ones are deleted. */
  readonly keep: number;
}

const SUFFIX = '.ductile-backup';
const STAMP = /^-(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/;

/** The name of a backup: the gateway's, as far as a file's name can hold it, and the second in which it was begun. */
export function backupName(gateway: string, at: number): string {
  const stamp = formatInstant(at).replaceAll(/[-:]|\.\d+/g, '');
  return `${gatewayPart(gateway)}-${stamp}${SUFFIX}`;
}

/** When a file of that name was begun, if the gateway's plan made it; null: it is none of its backups. */
export function backupAt(gateway: string, name: string): number | null {
  const part = gatewayPart(gateway);
  if (!name.startsWith(part) || !name.endsWith(SUFFIX)) return null;
  const stamp = name.slice(part.length, -SUFFIX.length);
  return STAMP.test(stamp) ? parseInstant(stamp.replace(STAMP, '$1-$2-$3T$4:$5:$6Z')) : null;
}

/** Names of the plan's backups that are beyond what is kept, the oldest first. */
export function beyondKept(
  names: readonly string[],
  { gateway, keep }: { readonly gateway: string; readonly keep: number },
): readonly string[] {
  const ours = names.flatMap((name) => {
    const at = backupAt(gateway, name);
    return at === null ? [] : [{ name, at }];
  });
  return ours
    .toSorted((one, other) => one.at - other.at)
    .slice(0, Math.max(ours.length - keep, 0))
    .map(({ name }) => name);
}

/** When the next backup is due: at once, when a slot has passed since the last one (null: there is none); else at the next slot. */
export function nextBackupAt(
  { rhythm }: Pick<BackupPlan, 'rhythm'>,
  { timezone, lastAt, now }: { readonly timezone: string; readonly lastAt: number | null; readonly now: number },
): number | null {
  const timing: Timing = {
    instance: 'core',
    id: 'backup',
    rhythm,
    timezone,
    jitterMs: 0,
    window: null,
    dst: { gap: 'after', fold: 'first' },
  };
  const missed = previousNominal(timing, now + 1);
  // Names hold whole seconds.
  if (missed !== null && (lastAt === null || lastAt + 1_000 <= missed.at)) return now;
  return nextNominal(timing, now)?.at ?? null;
}

function gatewayPart(gateway: string): string {
  return gateway.replaceAll(/[^A-Za-z0-9_.-]+/g, '-').replace(/^\.+/, '-');
}
