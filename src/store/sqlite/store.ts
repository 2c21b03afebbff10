import type { Claimed, ClaimRequest, ClaimResult, Command, CommandOutcomes, Store } from '../port.ts';
import { claimBatch } from './claim.ts';
import type { Connection } from './connection.ts';
import { execute } from './execute.ts';
import { createGroupCommit } from './group-commit.ts';
import { prune } from './prune.ts';
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
  /** Claims were committed since the last sync; a power cut would undo them. */
  let unsynced = false;
  let closed = false;
  const group = createGroupCommit({
    db: writer,
    monotonic,
    onCommit(written) {
      if (written === 0) return;
      counters.transactions++;
      counters.syncs++;
      unsynced = false;
    },
  });

  function perform<C extends Command>(command: C): CommandOutcomes[C['kind']] {
    // A barrier with nothing to make durable need not write.
    if (command.kind === 'barrier' && !unsynced) return null as CommandOutcomes[C['kind']];
    return execute(writer, command);
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
        unsynced = true;
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

  async function claim(request: ClaimRequest): Promise<ClaimResult> {
    const jobs: Claimed[] = [];
    for (;;) {
      const batch = claimOnce({ ...request, slots: request.slots - jobs.length });
      jobs.push(...batch.jobs);
      if (!batch.more) return { jobs, nextAt: batch.nextAt, held: batch.held };
      await new Promise((resume) => setImmediate(resume));
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
    commit: (command) => guarded(() => group.submit(() => perform(command), command.kind === 'finish')),
    claim: (request) => guarded(() => claim(request)),
    prune: (retention, now) => guarded(() => withoutSync(() => prune(writer, retention, now))),
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
