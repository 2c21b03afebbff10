import type { Rejection, RejectionReason } from '../domain/webhook/rejection.ts';
import type { EngineParts } from './parts.ts';

/** How long refusals are gathered before they are written, in milliseconds. */
const GATHER_MS = 1_000;
/** Addresses that are told apart within that time; the others are counted together. */
const MOST_ADDRESSES = 100;

/** Counts what webhooks refuse: nothing of it is promised to anybody, so a flood of it costs one small commit a second. */
export interface Rejections {
  note(refused: { readonly endpoint: string; readonly reason: RejectionReason; readonly remote: string }): void;
  /** Writes what is left. */
  stop(): Promise<void>;
}

/** A counter that writes what it gathered, and says it in the log once for each kind. */
export function createRejections(parts: Pick<EngineParts, 'store' | 'clock' | 'log'>): Rejections {
  const log = parts.log.child('webhooks');
  let gathered = new Map<string, Rejection>();
  const addresses = new Set<string>();
  let cancelTimer: (() => void) | null = null;
  let writing: Promise<void> = Promise.resolve();

  async function write(rejections: readonly Rejection[]): Promise<void> {
    for (const { endpoint, reason, count } of byKind(rejections)) {
      log.warn('requests to a webhook were refused', { webhook: endpoint, reason, count });
    }
    try {
      await parts.store.commit({ kind: 'count_rejections', rejections });
    } catch (error) {
      log.warn('refusals could not be counted', { error: error instanceof Error ? error.message : String(error) });
    }
  }

  function flush(): void {
    cancelTimer?.();
    cancelTimer = null;
    if (gathered.size === 0) return;
    const rejections = [...gathered.values()];
    gathered = new Map();
    addresses.clear();
    writing = writing.then(() => write(rejections));
  }

  return {
    note({ endpoint, reason, remote: address }) {
      const at = parts.clock.now();
      const known = addresses.has(address) || addresses.size < MOST_ADDRESSES;
      if (known) addresses.add(address);
      const remote = known ? address : null;
      const key = JSON.stringify([endpoint, reason, remote]);
      const before = gathered.get(key) ?? { endpoint, reason, remote, count: 0, firstAt: at };
      gathered.set(key, { ...before, count: before.count + 1, lastAt: at });
      cancelTimer ??= parts.clock.after(GATHER_MS, flush);
    },
    async stop() {
      flush();
      await writing;
    },
  };
}

function byKind(rejections: readonly Rejection[]): readonly Rejection[] {
  const kinds = new Map<string, Rejection>();
  for (const rejection of rejections) {
    const key = JSON.stringify([rejection.endpoint, rejection.reason]);
    kinds.set(key, { ...rejection, count: rejection.count + (kinds.get(key)?.count ?? 0) });
  }
  return [...kinds.values()];
}
