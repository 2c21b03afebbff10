import { existsSync } from 'node:fs';
import { type DatabaseExamination, examineStore } from '../../store/sqlite/examine.ts';
import { type DoctorFinding, fail, guarded, ok, warn } from './finding.ts';

const MIB = 1_048_576;
/** Below so many bytes of free space work may end at any moment. */
const LITTLE_SPACE = 64 * MIB;
/** An upgrade needs this much more than the size of the database. */
const UPGRADE_SHARE = 1.25;
/** A log that is longer was kept from being moved into the database. */
const LONG_LOG = 64 * MIB;
/** How far ahead of the clock something may have happened, in milliseconds. */
const AHEAD_MS = 60_000;
/** No clock that is right shows an earlier time: 1 January 2026. */
const EARLIEST = 1_767_225_600_000;

/** The file system, the database, its log, and the clock as far as the database knows better. */
export function checkStorage(
  stateDir: string,
  { now, synchronous }: { readonly now: number; readonly synchronous: string | null },
): readonly DoctorFinding[] {
  const clock =
    now < EARLIEST ? [fail('clock', `it shows ${new Date(now).toISOString()}`, 'Set the clock of this machine.')] : [];
  if (!existsSync(stateDir)) {
    return [ok('storage', `there is no state directory yet; the first start makes ${stateDir}`), ...clock];
  }
  return [
    ...clock,
    ...guarded('storage', () => {
      const { networkFileSystem, freeBytes, unfinished, kept, database } = examineStore(stateDir);
      return [
        networkFileSystem === null
          ? ok('file system', `${stateDir} is on a local disk, as far as this system tells`)
          : fail('file system', `${stateDir} is on ${networkFileSystem}`, 'Put service.state_dir on a local disk.'),
        spaceOf(stateDir, freeBytes, database?.bytes ?? 0),
        ...(unfinished
          ? [warn('database', 'a restore or an upgrade was cut short', '`ductile start` finishes it; nothing is lost.')]
          : []),
        ...(kept.count === 0
          ? []
          : [
              kept.bytes > (database?.bytes ?? 0)
                ? warn('old databases', keptText(kept), 'Delete those you will not go back to.')
                : ok('old databases', keptText(kept)),
            ]),
        ...(database === null ? [] : checkDatabase(database, { now, synchronous })),
      ];
    }),
  ];
}

function keptText({ count, bytes }: { readonly count: number; readonly bytes: number }): string {
  return `${count} of before upgrades and restores, ${mib(bytes)}`;
}

function spaceOf(dir: string, free: number, bytes: number): DoctorFinding {
  const text = `${mib(free)} are free in ${dir}`;
  if (free < LITTLE_SPACE) return fail('free space', text, 'Free some: without any, nothing is accepted or started.');
  const needed = bytes * UPGRADE_SHARE;
  if (free >= needed) return ok('free space', text);
  return warn(
    'free space',
    `${text}; an upgrade or a restore needs ${mib(needed)}`,
    'Free some before the next upgrade.',
  );
}

function checkDatabase(
  { file, bytes, walBytes, schema, knownSchema, journalMode, damage, newestAt }: DatabaseExamination,
  { now, synchronous }: { readonly now: number; readonly synchronous: string | null },
): readonly DoctorFinding[] {
  const ahead = newestAt === null ? 0 : newestAt - now;
  return [
    damage.length === 0
      ? ok('integrity', `every page of ${file} is sound (${mib(bytes)})`)
      : fail(
          'integrity',
          `${file} is damaged: ${damage.join('; ')}`,
          'Stop the gateway and `ductile restore` a backup.',
        ),
    checkSchema(schema, knownSchema),
    checkDurability({ schema, journalMode, synchronous }),
    walBytes <= LONG_LOG
      ? ok('log of the database', `${mib(walBytes)} are not moved into it yet`)
      : warn('log of the database', `it has ${mib(walBytes)}`, 'End the program that reads the database for long.'),
    ahead <= AHEAD_MS
      ? ok('clock', 'nothing in the database happened later than now')
      : warn(
          'clock',
          `something in the database happened ${Math.round(ahead / 1_000)} s later than now: the clock was set back, or is wrong`,
          'Compare the clock with another one; schedules are silent until it is where it was.',
        ),
  ];
}

function checkDurability({
  schema,
  journalMode,
  synchronous,
}: Pick<DatabaseExamination, 'schema' | 'journalMode'> & { readonly synchronous: string | null }): DoctorFinding {
  if (synchronous !== null && synchronous !== 'full') {
    return fail('durability', `commits are synced as ${synchronous}, not full`, 'Restart the gateway, and report it.');
  }
  if (journalMode === 'wal' || schema === 0) return ok('durability', durabilityText(synchronous));
  return warn('durability', `the database is in the journal mode ${journalMode}`, 'The next start sets it to WAL.');
}

function durabilityText(synchronous: string | null): string {
  return synchronous === null
    ? 'the log is synced at every commit once a gateway runs'
    : `synchronous is ${synchronous}`;
}

function checkSchema(schema: number, known: number): DoctorFinding {
  const text = `the database has schema ${schema}`;
  if (schema === known) return ok('schema', text);
  if (schema > known) {
    return fail(
      'schema',
      `${text}; this version knows up to ${known}`,
      'Run the newer version again, or `ductile restore` a copy of before the upgrade.',
    );
  }
  return warn(
    'schema',
    `${text}; this version has ${known}`,
    'The next start upgrades it on a copy; the database of before is kept.',
  );
}

function mib(bytes: number): string {
  return `${bytes < 10 * MIB ? (bytes / MIB).toFixed(1) : Math.round(bytes / MIB)} MiB`;
}
