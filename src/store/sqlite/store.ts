import { nextTurn } from '../../platform/next-turn.ts';
import type { Claimed, ClaimRequest, ClaimResult, Command, CommandOutcomes, Store } from '../port.ts';
import { claimBatch } from './claim.ts';
import type { Connection } from './connection.ts';
import { execute } from './execute.ts';
import { createGroupCommit } from './group-commit.ts';
import { createPrune } from './prune.ts';
import { createReads } from './reads.ts';
import { sqliteCode, storageError, storeClosed } from './sqlite-error.ts';

const BUSY = 5;

/** The store over two open connections to one database: one that writes, one that reads. */
export function createStore({
  writer,
  reader,
  monotonic,
}: {
  readonly writer: Connection;
  readonly reader: Connection;
  readonly monotonic: () => number;
}): Store {
  const counters = { calls: 0, transactions: 0, syncs: 0 };
  /** Commits without sync, and how many of them a barrier has made durable; a power cut would undo the rest. */
  const unsynced = { made: 0, durable: 0 };
  let closed = false;
  const prune = createPrune(writer);
  const group = createGroupCommit({
    db: writer,
    monotonic,
    onCommit(written) {
      if (written === 0) return;
      counters.transactions++;
      counters.syncs++;
    },
  });

  async function commit<C extends Command>(command: C): Promise<CommandOutcomes[C['kind']]> {
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

  /** Work whose loss in a power cut only repeats it. */
  function withoutSync<T>(work: () => T): T {
    const before = writer.written;
    writer.setSynchronous('NORMAL');
    try {
      return work();
    } finally {
      writer.setSynchronous('FULL');
      if (writer.written > before) {
        counters.transactions++;
        unsynced.made++;
      }
    }
  }

  function claimOnce(request: ClaimRequest): ReturnType<typeof claimBatch> {
    return withoutSync(() => {
      try {
        // Deferred: it takes the write lock with its first write, so finding nothing leaves no trace.
        return writer.transaction(() => claimBatch(writer, request), 'BEGIN');
      } catch (error) {
        // Another process wrote between our first read and our first write.
        if (sqliteCode(error) !== BUSY) throw error;
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
    read: createReads(reader, () => {
      counters.calls++;
    }),
    counters: () => ({ ...counters }),
    async close() {
      if (closed) return;
      closed = true;
      group.flush();
      reader.close();
      writer.close();
    },
  };
}
