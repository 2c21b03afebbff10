import { existsSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { reach } from '../../platform/fault-point.ts';
import { syncFile } from './sync-file.ts';

/** Files that belong to a database. */
const SIDES = ['', '-wal', '-shm', '-journal'] as const;

/**
 * The database that takes the place of another one. Once it bears its name, `ductile.db.next.<label>`, the switch is
 * decided: whoever takes the state directory next carries it out before anything else, at whatever point it was cut
 * short. The one before is kept as `ductile.db.<label>`.
 */
function nextPrefix(database: string): string {
  return `${basename(database)}.next.`;
}

/** Where a database is prepared; what lies there belongs to nobody once the state directory is taken. */
export function stagedPath(database: string): string {
  return `${database}.staged`;
}

/** Clears away what a preparation that was cut short left behind. */
export function clearStaged(database: string): void {
  for (const side of SIDES) rmSync(`${stagedPath(database)}${side}`, { force: true });
}

/** A label that no database is kept under: the wanted one, or with a number behind it. What was kept once stays. */
export function freeLabel(database: string, wanted: string): string {
  let label = wanted;
  for (let number = 2; existsSync(`${database}.${label}`); number++) label = `${wanted}-${number}`;
  return label;
}

/** Decides the switch to the staged database, which is whole and synced. */
export function decideSwitch(database: string, label: string): void {
  const dir = dirname(database);
  for (const side of SIDES) rmSync(`${database}.${label}${side}`, { force: true });
  renameSync(stagedPath(database), join(dir, `${nextPrefix(database)}${label}`));
  syncFile(dir);
  reach('switch.decided');
}

/** The label of a switch that was decided and not carried out; null: there is none. */
export function decidedSwitch(database: string): string | null {
  const prefix = nextPrefix(database);
  const found = readdirSync(dirname(database)).find((name) => name.startsWith(prefix));
  return found === undefined ? null : found.slice(prefix.length);
}

/** Carries out what was decided; nobody has the database open. Returns the path that the one before is kept under; null: nothing was decided. */
export function carryOutSwitch(database: string): string | null {
  const label = decidedSwitch(database);
  if (label === null) return null;
  const dir = dirname(database);
  const kept = `${database}.${label}`;
  for (const side of SIDES) {
    if (statSync(`${database}${side}`, { throwIfNoEntry: false }) === undefined) continue;
    if (side === '-shm') {
      // An index of the log, which is made anew when it is missing.
      rmSync(`${database}${side}`);
      continue;
    }
    renameSync(`${database}${side}`, `${kept}${side}`);
    reach('switch.aside');
  }
  syncFile(dir);
  renameSync(join(dir, `${nextPrefix(database)}${label}`), database);
  reach('switch.renamed');
  syncFile(dir);
  return kept;
}
