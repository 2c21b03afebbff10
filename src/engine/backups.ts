import { join } from 'node:path';
import { backupBytes, backupNames, prepareBackupDir, removeBackup } from '../disk/backup-files.ts';
import { backupAt, backupName, beyondKept, nextBackupAt } from '../domain/backup-plan.ts';
import { OperatorError } from '../domain/errors.ts';
import { formatInstant } from '../domain/instant.ts';
import type { Json } from '../domain/json.ts';
import type { BackupFacts } from '../store/port/backups.ts';
import { coreEvent } from './core-event.ts';
import type { EngineParts } from './parts.ts';

/** How soon a planned backup that failed is tried again, in milliseconds. */
const AGAIN_AFTER_MS = 600_000;

/** The plan of backups and what became of it; instants in epoch milliseconds. */
export interface BackupState {
  readonly dir: string;
  readonly keep: number;
  /** The latest backup of the plan that is there. */
  readonly last: { readonly file: string; readonly at: number; readonly bytes: number } | null;
  /** Null while no gateway runs that would make one. */
  readonly nextAt: number | null;
  readonly making: boolean;
  /** Since when planned backups have failed, and why the latest did. */
  readonly failing: { readonly since: number; readonly message: string } | null;
}

/** What a backup is to be. */
export interface BackupWish {
  /** Absolute path; null: a name of its own in the folder of the plan. */
  readonly file: string | null;
  readonly replace: boolean;
}

/** Makes backups: when somebody asks, and by the plan of the snapshot in force. */
export interface Backups {
  /** Throws `backup_running`, `backup_failed`, `file_exists` or `storage_unavailable`. */
  make(wish: BackupWish): Promise<BackupFacts>;
  /** Null: there is no plan. */
  state(): BackupState | null;
  /** Makes one if it is due and waits for the next: after a start and after a reload. */
  follow(): void;
  /** Ends the one that is being made; nothing of it is left. */
  stop(): Promise<void>;
}

/** Backups of the store; `hear` is called when something is there to be told of, `wake` when there may be new jobs. */
export function createBackups(
  parts: EngineParts,
  { wake, hear }: { readonly wake: () => void; readonly hear: () => void },
): Backups {
  const { store, clock } = parts;
  const log = parts.log.child('backup');
  const stopping = new AbortController();
  let cancelTimer: () => void = () => {};
  let nextAt: number | null = null;
  let making: Promise<BackupFacts> | null = null;
  let planned: Promise<void> = Promise.resolve();
  let failing: BackupState['failing'] = null;

  async function make({ file, replace }: BackupWish): Promise<BackupFacts> {
    if (making !== null) throw new OperatorError('backup_running', 'a backup is being made');
    const { service } = parts.snapshot();
    const at = clock.now();
    const wanted = file ?? inPlan(at);
    making = store.backup({ file: wanted, replace, gateway: service.name, at, signal: stopping.signal });
    try {
      const made = await making;
      log.info('a backup was made', {
        file: made.file,
        bytes: made.bytes,
        jobs: made.jobs,
        duration_ms: clock.now() - at,
      });
      await tell('ductile.backup.done', { file: made.file, bytes: made.bytes, jobs: made.jobs, schema: made.schema });
      return made;
    } finally {
      making = null;
    }
  }

  function inPlan(at: number): string {
    const { service } = parts.snapshot();
    if (service.backup === null) {
      throw new OperatorError('usage', 'no file was named, and the configuration has no service.backup');
    }
    try {
      prepareBackupDir(service.backup.dir);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      throw new OperatorError('backup_failed', `the folder of backups cannot be made: ${why}`, { cause: error });
    }
    return join(service.backup.dir, backupName(service.name, at));
  }

  async function runPlan(): Promise<void> {
    if (parts.snapshot().service.backup === null || stopping.signal.aborted) return;
    try {
      await make({ file: null, replace: false });
      if (failing !== null) log.info('backups work again');
      failing = null;
      prune();
    } catch (error) {
      if (stopping.signal.aborted) return;
      // Somebody's own backup is in the way; it is over soon.
      const busy = error instanceof OperatorError && error.code === 'backup_running';
      if (!busy) await failed(error);
    }
    arm(clock.now() + AGAIN_AFTER_MS);
  }

  async function failed(error: unknown): Promise<void> {
    const at = clock.now();
    const message = error instanceof Error ? error.message : String(error);
    const first = failing === null;
    failing = { since: failing?.since ?? at, message };
    log.error('a planned backup failed; it is tried again soon', { error: message });
    await tell('ductile.backup.failed', { error: message, failing_since: formatInstant(failing.since) });
    if (!first) return;
    try {
      const about = { jobId: null, eventId: null, instance: null, schedule: null, route: null, collapseKey: null };
      const text = `a planned backup failed: ${message}`;
      const decision = { ...about, code: 'backup_failed', at, text, values: { error: message } } as const;
      await store.commit({ kind: 'record', decisions: [decision] });
      hear();
    } catch (cause) {
      log.warn('a failed backup could not be recorded', { error: String(cause) });
    }
  }

  function prune(): void {
    const { name, backup } = parts.snapshot().service;
    if (backup === null) return;
    try {
      const { dir, keep } = backup;
      for (const old of beyondKept(backupNames(dir), { gateway: name, keep })) removeBackup(dir, old);
    } catch (error) {
      log.warn('old backups could not be deleted', { error: String(error) });
    }
  }

  /** The core's event, where something waits for it. */
  async function tell(type: string, payload: Json): Promise<void> {
    const routed = coreEvent(parts, { type, payload });
    if (routed === null) return;
    try {
      await store.commit({ kind: 'emit', routed });
      wake();
    } catch (error) {
      log.warn('the event about a backup could not be recorded', { error: String(error) });
    }
  }

  /** Waits for the next one, which after a failure comes no earlier than `soonest`. */
  function arm(soonest: number): void {
    cancelTimer();
    const { backup, timezone } = parts.snapshot().service;
    nextAt = null;
    if (backup === null || stopping.signal.aborted) return;
    const now = clock.now();
    const due = nextBackupAt(backup, { timezone, lastAt: lastOf(parts)?.at ?? null, now });
    nextAt = due !== null && due <= now ? soonest : due;
    if (nextAt === null) return;
    cancelTimer = clock.at(nextAt, () => {
      planned = planned.then(runPlan);
    });
  }

  return {
    make,
    state: () => stateOf(parts, { nextAt, making: making !== null, failing }),
    follow: () => arm(clock.now()),
    async stop() {
      stopping.abort();
      cancelTimer();
      await planned;
      await making?.catch(() => {});
    },
  };
}

/** Backups of a gateway that does not run: made when somebody asks, and never by themselves. */
export function idleBackups(parts: EngineParts): Pick<Backups, 'make' | 'state'> {
  const { make } = createBackups(parts, { wake() {}, hear() {} });
  return { make, state: () => stateOf(parts, { nextAt: null, making: false, failing: null }) };
}

function stateOf(
  parts: Pick<EngineParts, 'snapshot'>,
  standing: Pick<BackupState, 'nextAt' | 'making' | 'failing'>,
): BackupState | null {
  const { backup } = parts.snapshot().service;
  return backup === null ? null : { dir: backup.dir, keep: backup.keep, last: lastOf(parts), ...standing };
}

/** The latest backup of the plan; null: there is none, or its folder cannot be looked into. */
function lastOf({ snapshot }: Pick<EngineParts, 'snapshot'>): BackupState['last'] {
  const { name: gateway, backup } = snapshot().service;
  if (backup === null) return null;
  try {
    const found = backupNames(backup.dir).flatMap((name) => {
      const at = backupAt(gateway, name);
      return at === null ? [] : [{ name, at }];
    });
    const latest = found.toSorted((one, other) => other.at - one.at)[0];
    if (latest === undefined) return null;
    const bytes = backupBytes(backup.dir, latest.name) ?? 0;
    return { file: join(backup.dir, latest.name), at: latest.at, bytes };
  } catch {
    return null;
  }
}
