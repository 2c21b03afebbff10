import type { Snapshot } from '../domain/snapshot.ts';
import { nextTurn } from '../platform/next-turn.ts';
import { withoutProcess } from '../runner/evidence.ts';
import type { Retention } from '../store/port.ts';
import { finish } from './finish.ts';
import type { EngineParts } from './parts.ts';
import { endStranded } from './removed-instances.ts';
import { removeWorkspace } from './workspaces.ts';

/** How often retention runs, in milliseconds. */
const PRUNE_EVERY_MS = 3_600_000;
/** When it runs first, so that a gateway which is often started anew does not grow for ever. */
const FIRST_PRUNE_MS = 300_000;
/** A batch is followed by a rest of so many times its length. */
const REST_FACTOR = 9;
/** Files that are looked at in one turn of the event loop. */
const FILES_AT_ONCE = 100;
/** The longest rest, in milliseconds; a stop waits for it. */
const LONGEST_REST_MS = 100;

/** What recovery found and mended. */
export interface Recovery {
  /** Jobs that were running when the previous gateway ended; each is due again with an `orphaned` attempt. */
  readonly orphaned: number;
  /** Queued jobs of instances that are no longer configured; each is failed with `plugin_missing`, or cancelled if `service.on_remove` says so. */
  readonly stranded: number;
}

/**
 * Settles what the previous gateway left behind. Call it before the first claim, when the processes of the previous
 * run are gone.
 */
export async function recover(parts: EngineParts): Promise<Recovery> {
  await parts.store.commit({ kind: 'unclean_end' });
  const left = await parts.store.read.running();
  for (const { job } of left) {
    const { id, instance, command, attempt } = job;
    const about = { job_id: id, instance, command, attempt };
    if (job.suspect) parts.log.warn('the gateway ended while this job was running alone; it is given up', about);
    else parts.log.warn('the gateway ended while this job was running; it will run again', about);
  }
  await Promise.all(
    left.map(({ job, event, stateVersion }) => {
      const endedAt = parts.clock.now();
      const { outcome, evidence, response, truncated } = withoutProcess(
        { kind: 'orphaned' },
        { startedAt: job.startedAt ?? endedAt, endedAt },
      );
      const kept = { response, truncated };
      const run = { outcome, evidence };
      return finish(parts, { job, event, run, kept, stateVersion, snapshot: parts.snapshot() }, null);
    }),
  );
  const stranded = await endStranded(parts);
  await tidy(parts);
  return { orphaned: left.length, stranded };
}

/** Deletes workspaces and stderr files that no job needs any more; a crash or retention may have left some behind. */
export async function tidy({
  store,
  directories,
  log,
}: Pick<EngineParts, 'store' | 'directories' | 'log'>): Promise<void> {
  for (const root of directories.workspaces()) {
    if (await store.read.lineageDone(root)) removeWorkspace({ directories, log }, root);
  }
  const files = directories.stderrFiles();
  for (let first = 0; first < files.length; first += FILES_AT_ONCE) {
    const some = files.slice(first, first + FILES_AT_ONCE);
    const known = await store.read.knows([...new Set(some.map(({ jobId }) => jobId))]);
    for (const { jobId, path } of some) if (!known.has(jobId)) directories.removeFile(path);
    await nextTurn();
  }
}

/** Ages beyond which rows may go, by the snapshot in force. */
export function retentionOf({ service }: Snapshot): Retention {
  const { rejectedDeliveriesMs: rejectionsMs, ...others } = service.retention;
  return { ...others, rejectionsMs };
}

/**
 * One pass of retention, in small batches. After each it rests for several times as long as the batch took: whoever
 * commits something meanwhile hardly notices, and a slow disk is given more rest.
 */
export async function applyRetention({
  store,
  clock,
  retention,
  stopped,
}: Pick<EngineParts, 'store' | 'clock'> & {
  readonly retention: () => Retention;
  readonly stopped: () => boolean;
}): Promise<void> {
  while (!stopped()) {
    const began = clock.monotonic();
    if (!(await store.prune(retention(), clock.now()))) return;
    const restMs = Math.min((clock.monotonic() - began) * REST_FACTOR, LONGEST_REST_MS);
    if (restMs >= 1) await new Promise<void>((resume) => void clock.after(restMs, resume));
  }
}

/** Applies retention once an hour, and first five minutes after the start. */
export function createPruner(parts: EngineParts): { start(): void; stop(): Promise<void> } {
  const { store, clock, log, snapshot } = parts;
  let cancelTimer: () => void = () => {};
  let stopped = false;
  let pruning: Promise<void> = Promise.resolve();

  /** Dead letters of before the desk, entered at once after the upgrade and not when retention is due. */
  async function groupDead(): Promise<void> {
    try {
      while (!stopped && (await store.commit({ kind: 'group_dead' })).more);
    } catch (error) {
      log.warn('dead letters could not be grouped; the next start tries it again', {
        error: error instanceof Error ? error.message : error,
      });
    }
  }

  async function prune(): Promise<void> {
    try {
      await applyRetention({ store, clock, retention: () => retentionOf(snapshot()), stopped: () => stopped });
      if (!stopped) await tidy(parts);
    } catch (error) {
      log.warn('retention could not run; it will try again in an hour', {
        error: error instanceof Error ? error.message : error,
      });
    }
    arm(PRUNE_EVERY_MS);
  }

  function arm(afterMs: number): void {
    if (stopped) return;
    cancelTimer = clock.after(afterMs, () => {
      pruning = prune();
    });
  }

  return {
    start() {
      pruning = groupDead();
      arm(FIRST_PRUNE_MS);
    },
    async stop() {
      stopped = true;
      cancelTimer();
      await pruning;
    },
  };
}
