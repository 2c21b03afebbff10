import { OperatorError } from '../../domain/errors.ts';
import type { Log } from '../../platform/log.ts';
import { nextTurn } from '../../platform/next-turn.ts';
import type { Claimed, ClaimRequest, ClaimResult } from '../port/claims.ts';
import type { Command, CommandOutcomes } from '../port/commands.ts';
import type { StoreMeter } from '../port/meter.ts';
import type { Store, StoreSizes } from '../port.ts';
import { makeBackup } from './backup.ts';
import { createCheckpoints } from './checkpoints.ts';
import { claimBatch } from './claim.ts';
import { barrier } from './commands/barrier.ts';
import type { Connection } from './connection.ts';
import { createSignMoves, gatherSigns } from './delivery-signs.ts';
import { execute } from './execute.ts';
import { createGroupCommit } from './group-commit.ts';
import { createHealth } from './health.ts';
import { createPrune } from './prune.ts';
import { createReads } from './reads.ts';
import { createSameFile } from './same-file.ts';
import { isBusy, storageError, storeClosed } from './sqlite-error.ts';
import { readStats, synchronousOf } from './stats.ts';

/** The store over two open connections to one database: one that writes, one that reads. */
export function createStore({
  database,
  writer,
  reader,
  now,
  monotonic,
  log,
  meter,
  sizes,
  checkBeside,
}: {
  /** Its path. */
  readonly database: string;
  readonly writer: Connection;
  readonly reader: Connection;
  readonly now: () => number;
  readonly monotonic: () => number;
  readonly log: Log;
  readonly meter: StoreMeter;
  readonly sizes: () => StoreSizes;
  /** Begins a check of the whole file, which tells of damage and returns what ends it; null: there is none to make. */
  readonly checkBeside: ((onDamage: (message: string) => void) => () => void) | null;
}): Store {
  gatherSigns(writer);
  const counters = { calls: 0, transactions: 0, syncs: 0 };
  /** Commits without sync, and how many of them a barrier has made durable; a power cut would undo the rest. */
  const unsynced = { made: 0, durable: 0 };
  const watchers = new Set<() => void>();
  let closed = false;
  const prune = createPrune(writer);
  const checkpoints = createCheckpoints(writer, monotonic);
  const signs = createSignMoves(writer);
  const health = createHealth({ now, monotonic, log, mend });
  const sameFile = createSameFile(database, monotonic);
  const endCheck = checkBeside?.((message) => health.damaged(message)) ?? null;
  const group = createGroupCommit({
    db: writer,
    monotonic,
    ready,
    onError: health.failed,
    onCommit(written, tookMs) {
      if (written === 0) return;
      meter.synced(tookMs);
      counters.transactions++;
      counters.syncs++;
      tell();
      // In a turn of its own, but before the next commit: after a large one it takes as long again.
      setImmediate(tidy);
    },
  });

  function ready(): void {
    health.ready();
    try {
      sameFile.lookSometimes();
    } catch (error) {
      if (error instanceof OperatorError) health.lost(error);
      throw error;
    }
  }

  function tell(): void {
    for (const hear of watchers) hear();
  }

  /** What was committed stays so whatever this meets; what is committed next may have to wait for it. */
  function tidy(): void {
    if (closed) return;
    try {
      signs.afterCommit();
      checkpoints.afterCommit();
    } catch (error) {
      health.failed(error);
    }
  }

  /**
   * Makes the storage usable again, or throws. After a failed input or output nothing is taken on trust: both
   * connections are opened anew, one after the other so that the log is never read back from the disk meanwhile, where a
   * commit that was refused may lie complete. And since the system forgets which pages a failed sync left unwritten,
   * the log is emptied: nothing that is acknowledged from now on may follow such a page.
   */
  function mend(suspect: boolean): void {
    if (suspect) {
      // To open what is not there would make an empty one.
      sameFile.look();
      writer.reopen();
      reader.reopen();
      attach(reader);
      gatherSigns(writer);
    }
    writer.setSynchronous('FULL');
    if (suspect && !checkpoints.truncate()) {
      throw new OperatorError(
        'storage_unavailable',
        'another process is reading, and the log cannot be started afresh',
      );
    }
    writer.transaction(() => barrier(writer));
    unsynced.durable = unsynced.made;
  }

  async function commit<C extends Command>(command: C): Promise<CommandOutcomes[C['kind']]> {
    // Neither a flood of refused requests nor a glance at the API must cost a sync, or make those wait that are accepted.
    if (command.kind === 'count_rejections' || command.kind === 'use_token') {
      return withoutSync(() => writer.transaction(() => execute(writer, command)));
    }
    let upTo = 0;
    const outcome = await group.submit(() => {
      if (command.kind === 'barrier') {
        upTo = unsynced.made;
        // A barrier with nothing to make durable need not write.
        if (upTo === unsynced.durable) return null as CommandOutcomes[C['kind']];
      }
      return execute(writer, command);
    }, command.kind === 'finish');
    // Other commits do not count: one that changes rows into what they were has no page to sync.
    unsynced.durable = Math.max(unsynced.durable, upTo);
    return outcome;
  }

  /** Work whose loss in a power cut only repeats it, or that nobody was told of. */
  function withoutSync<T>(work: () => T): T {
    ready();
    const before = writer.written;
    try {
      writer.setSynchronous('NORMAL');
      const value = work();
      if (writer.written > before) {
        counters.transactions++;
        unsynced.made++;
        tell();
        tidy();
      }
      return value;
    } catch (error) {
      health.failed(error);
      throw error;
    }
  }

  function claimOnce(request: ClaimRequest): ReturnType<typeof claimBatch> {
    return withoutSync(() => {
      try {
        // Deferred: it takes the write lock with its first write, so finding nothing leaves no trace.
        return writer.transaction(() => claimBatch(writer, request), 'BEGIN');
      } catch (error) {
        // Another process wrote between our first read and our first write.
        if (!isBusy(error)) throw error;
        return writer.transaction(() => claimBatch(writer, request));
      }
    });
  }

  /** The next batch; null when there is none because of an error that may wait. */
  function nextBatch(request: ClaimRequest, mayWait: boolean): ReturnType<typeof claimBatch> | null {
    try {
      return claimOnce(request);
    } catch (error) {
      if (!mayWait) throw error;
      return null;
    }
  }

  async function claim(request: ClaimRequest): Promise<ClaimResult> {
    const jobs: Claimed[] = [];
    for (;;) {
      const batch = nextBatch({ ...request, slots: request.slots - jobs.length }, jobs.length > 0);
      // What was claimed is committed and must be told; whoever asks again meets the error anew.
      if (batch === null) return { jobs, nextAt: request.now, held: [] };
      jobs.push(...batch.jobs);
      if (!batch.more) return { jobs, nextAt: batch.nextAt, held: batch.held };
      await nextTurn();
    }
  }

  async function guarded<T>(work: () => Promise<T> | T): Promise<T> {
    counters.calls++;
    if (closed) throw storeClosed();
    try {
      return await work();
    } catch (error) {
      throw storageError(error);
    }
  }

  return {
    commit: (command) => guarded(() => commit(command)),
    claim: (request) => guarded(() => claim(request)),
    prune: (retention, now) =>
      guarded(async () => {
        const more = withoutSync(() => prune(retention, now));
        await nextTurn();
        return more;
      }),
    read: createReads(reader, {
      onCall() {
        counters.calls++;
        health.tend();
      },
      onError: health.failed,
    }),
    backup: (request) => guarded(() => makeBackup({ path: database, db: reader }, request)),
    stats: (retention, at) =>
      guarded(async () => {
        // Between such commits the connection may stand on less: claims are not synced.
        const synchronous = await group.submit(() => synchronousOf(writer), false).catch(() => null);
        return readStats({ path: database, db: writer, synchronous, retention, now: at });
      }),
    counters: () => ({ ...counters }),
    watch(hear) {
      watchers.add(hear);
      return () => watchers.delete(hear);
    },
    health: () => health.state(),
    sizes,
    async close() {
      if (closed) return;
      closed = true;
      endCheck?.();
      group.flush();
      reader.close();
      writer.close();
    },
  };
}

/** Makes a connection take part in the log, which lasts as long as one does. */
export function attach(db: Connection): void {
  db.get('SELECT passed FROM barrier');
}
