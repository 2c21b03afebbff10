import { OperatorError, type Problem } from '../domain/errors.ts';
import type { Snapshot } from '../domain/snapshot.ts';
import { isSame, restartKeys, type SnapshotDifference, snapshotDifference } from '../domain/snapshot-difference.ts';
import type { EngineParts } from './parts.ts';
import { type Preview, type PreviewRequest, preview } from './preview.ts';
import { createStrandedWatch, hasOpenJobs, recordKept } from './removed-instances.ts';
import type { Scheduler } from './scheduler.ts';
import type { Snapshots } from './snapshots.ts';
import { syncRows } from './sync-rows.ts';

/** What a reload did. */
export interface Reloaded {
  readonly version: string;
  readonly previousVersion: string;
  /** True: the files say what is in force already, and nothing was swapped. */
  readonly unchanged: boolean;
  readonly difference: SnapshotDifference;
  readonly warnings: readonly Problem[];
}

/** What a reload would do. */
export type Previewed = Reloaded & Preview;

/** A snapshot that was read from the files, with everything that deserves a word. */
export interface Loaded {
  readonly snapshot: Snapshot;
  readonly warnings: readonly Problem[];
}

/** What a reload needs besides the engine's parts. */
export interface ReloadHooks {
  readonly snapshots: Snapshots;
  /** Reads and validates everything anew; `secrets` are masked besides those it finds. Throws OperatorError with every problem. */
  readonly load: (secrets: readonly string[]) => Loaded;
  /** Sees that this machine gives what instances ask for; throws OperatorError. */
  readonly contain: (snapshot: Snapshot) => void;
  /** The same as warnings, for a preview. */
  readonly uncontained: (snapshot: Snapshot) => readonly Problem[];
  readonly scheduler: Pick<Scheduler, 'change'>;
  readonly wake: () => void;
  /** Has the listeners follow the snapshot in force; what one of them cannot do. */
  readonly listen: () => Promise<readonly Problem[]>;
  /** A reload was made, or refused. */
  readonly done: () => void;
}

/** Puts another snapshot in force while everything goes on. */
export interface Reloader {
  /**
   * Reads everything anew and swaps it in one step, or throws and changes nothing. One at a time: who asks while one is
   * under way shares the next one. `by` is who asked, for the log.
   */
  reload(by: string): Promise<Reloaded>;
  /** What `reload` would do; changes nothing. */
  preview(request: PreviewRequest): Promise<Previewed>;
  /** A job was made; if its instance has gone meanwhile, it is dealt with. */
  hear(): void;
  /** Refuses further reloads and waits for the one under way. */
  stop(): Promise<void>;
}

/** Values that earlier snapshots knew to be secret and that are masked on; the oldest beyond these are forgotten. */
const MOST_EARLIER_SECRETS = 200;

/** A reloader over running parts. */
export function createReloader(parts: EngineParts, hooks: ReloadHooks): Reloader {
  const { snapshots, load, contain, scheduler, wake, done } = hooks;
  const log = parts.log.child('reload');
  const stranded = createStrandedWatch(parts);
  let last: Promise<unknown> = Promise.resolve();
  let next: Promise<Reloaded> | null = null;
  let closed = false;
  const everRemoved = new Set<string>();

  /** The next snapshot and what it would change; throws when it may not be put in force. */
  function read(): Loaded & { readonly difference: SnapshotDifference } {
    const before = snapshots.current();
    // What was secret may still be told by attempts that began with it.
    const loaded = load(before.redactor.secrets.slice(-MOST_EARLIER_SECRETS));
    const keys = restartKeys(before, loaded.snapshot);
    if (keys.length > 0) {
      throw new OperatorError('restart_required', `these settings take effect with a restart only: ${keys.join(', ')}`);
    }
    return { ...loaded, difference: snapshotDifference(before, loaded.snapshot) };
  }

  async function swap(): Promise<Reloaded> {
    const before = snapshots.current();
    const { snapshot, warnings, difference } = read();
    const result = { version: snapshot.version, previousVersion: before.version, difference, warnings };
    if (snapshot.version === before.version && isSame(difference)) return { ...result, unchanged: true };
    contain(snapshot);
    const kept = await keptBeside(parts, snapshots, snapshot);
    const at = parts.clock.now();
    await scheduler.change(snapshot.schedules, at, async () => {
      await parts.store.commit({ kind: 'sync', ...syncRows(snapshot, kept), at });
      snapshots.replace(snapshot, kept);
    });
    wake();
    await settleJobs(kept, difference.instances.removed);
    return { ...result, unchanged: false };
  }

  /** Deals with the jobs of instances that are gone. What fails here is said, since the new snapshot is in force. */
  async function settleJobs(kept: ReadonlyMap<string, Snapshot>, removed: readonly string[]): Promise<void> {
    for (const name of removed) everRemoved.add(name);
    for (const name of everRemoved) if (snapshots.current().instances.has(name)) everRemoved.delete(name);
    stranded.expect(everRemoved.size > 0);
    try {
      for (const name of removed) {
        const snapshot = kept.get(name);
        if (snapshot !== undefined) await recordKept(parts, name, snapshot);
      }
    } catch (error) {
      const why = error instanceof Error ? error.message : error;
      log.warn('decisions about jobs of removed instances could not be recorded', { error: why });
    }
    await stranded.look();
  }

  async function once(by: string): Promise<Reloaded> {
    if (closed) throw draining();
    try {
      const swapped = await swap();
      const result = { ...swapped, warnings: [...swapped.warnings, ...(await hooks.listen())] };
      const { version, previousVersion, difference, warnings } = result;
      for (const warning of warnings) log.warn(warning.message, aboutOf(warning));
      const about = { by, config_version: version, previous_version: previousVersion };
      if (result.unchanged) log.info('a reload found nothing changed', about);
      else log.info('the configuration was reloaded', { ...about, ...difference });
      return result;
    } catch (error) {
      if (error instanceof OperatorError) {
        for (const problem of error.problems)
          log[problem.severity === 'error' ? 'error' : 'warn'](problem.message, aboutOf(problem));
      }
      const why = error instanceof Error ? error.message : error;
      log.error('a reload was refused; the configuration in force stays', { by, error: why });
      throw error;
    } finally {
      done();
    }
  }

  return {
    reload(by) {
      if (closed) return Promise.reject(draining());
      if (next === null) {
        const mine = last.then(() => {
          next = null;
          return once(by);
        });
        next = mine;
        last = mine.catch(() => {});
      }
      return next;
    },
    async preview(request) {
      await last;
      const current = snapshots.current();
      const { snapshot, warnings, difference } = read();
      const { version } = snapshot;
      const all = [...warnings, ...hooks.uncontained(snapshot)];
      const unchanged = version === current.version && isSame(difference);
      const found = await preview(parts, { before: current, after: snapshot, request });
      return { version, previousVersion: current.version, unchanged, difference, warnings: all, ...found };
    },
    hear: stranded.hear,
    async stop() {
      closed = true;
      await last;
      await stranded.stop();
    },
  };
}

/** With `on_remove: run`, the last snapshots of instances that are gone and may still have jobs. */
async function keptBeside(
  parts: EngineParts,
  snapshots: Snapshots,
  next: Snapshot,
): Promise<ReadonlyMap<string, Snapshot>> {
  const kept = new Map<string, Snapshot>();
  if (next.service.onRemove !== 'run') return kept;
  for (const [name, last] of snapshots.kept()) {
    if (!next.instances.has(name) && (await hasOpenJobs(parts, name))) kept.set(name, last);
  }
  const current = snapshots.current();
  for (const name of current.instances.keys()) if (!next.instances.has(name)) kept.set(name, current);
  return kept;
}

function aboutOf({ code, location, hint }: Problem) {
  return { code, location, hint };
}

function draining(): OperatorError {
  return new OperatorError('draining', 'the gateway is shutting down');
}
