import { OperatorError } from '../domain/errors.ts';
import { isStorageRefusal } from '../domain/storage-refusal.ts';
import type { Change, ChangePage } from '../store/port/changes.ts';
import type { EngineParts } from './parts.ts';

/** How long changes gather before they are told, in milliseconds: under load one look serves many of them. */
const GATHER_MS = 20;
/** How long to wait after the storage refused, in milliseconds. */
const STORAGE_RETRY_MS = 1_000;
/** Most changes that are read at a time. */
const PAGE = 200;
/** Most followers at a time. */
const MAX_FOLLOWERS = 100;

/** What a follower is told: where it stands, that it has missed something, or what changed. */
export type Told =
  | { readonly kind: 'ready' | 'reset'; readonly position: number }
  | { readonly kind: 'changes'; readonly changes: readonly Change[]; readonly position: number };

/** What changed, for as many as want to follow. */
export interface ChangeFeed {
  /**
   * First `ready` with the position after which everything will be told, or `reset` when changes after `after` are not
   * kept any more (then with the present position), then every change in the order of the commits. Null: from now on.
   * Nothing is read ahead of its follower. Throws OperatorError `too_many_streams`.
   */
  follow(after: number | null, signal: AbortSignal): AsyncGenerator<Told, void, undefined>;
}

/**
 * A feed over the changes that the store keeps. It looks only while somebody follows. What it tells is durable: a number
 * that a follower has seen means the same after a power cut.
 */
export function createChangeFeed({ store, clock, log }: Pick<EngineParts, 'store' | 'clock' | 'log'>): ChangeFeed {
  /** The last change that may be told. */
  let head = 0;
  let followers = 0;
  let unwatch: () => void = () => {};
  let cancelTimer: (() => void) | null = null;
  const waiting = new Set<() => void>();
  let latest: { readonly after: number; readonly upTo: number; readonly page: Promise<ChangePage> } | null = null;

  function lookIn(ms: number): void {
    cancelTimer ??= clock.after(ms, () => {
      cancelTimer = null;
      look().catch((error: unknown) => {
        // Of its own refusals the store tells, once for everybody.
        if (!isStorageRefusal(error)) {
          log.error('changes could not be read; trying again in a second', { error: String(error) });
        }
        if (followers > 0) lookIn(STORAGE_RETRY_MS);
      });
    });
  }

  async function look(): Promise<void> {
    const { newest } = await store.read.changesKept();
    if (newest <= head) return;
    // Claims are committed without a sync, and a power cut would take their numbers back.
    await store.commit({ kind: 'barrier' });
    head = Math.max(head, newest);
    for (const wake of [...waiting]) wake();
  }

  /** Counts a follower in; returns what counts it out, at the latest when its signal aborts. */
  function enter(signal: AbortSignal): () => void {
    if (followers >= MAX_FOLLOWERS) {
      throw new OperatorError('too_many_streams', `${followers} clients follow what changes already`);
    }
    followers += 1;
    if (followers === 1) unwatch = store.watch(() => lookIn(GATHER_MS));
    let inside = true;
    const leave = (): void => {
      signal.removeEventListener('abort', leave);
      if (!inside) return;
      inside = false;
      followers -= 1;
      if (followers > 0) return;
      unwatch();
      cancelTimer?.();
      cancelTimer = null;
      latest = null;
    };
    signal.addEventListener('abort', leave);
    return leave;
  }

  /** Followers who have come as far as each other share what is read. */
  function pageAfter(after: number): Promise<ChangePage> {
    const upTo = head;
    if (latest?.after !== after || latest.upTo !== upTo) {
      latest = { after, upTo, page: store.read.changes({ after, upTo, limit: PAGE }) };
    }
    return latest.page;
  }

  /** Resolves when there is more to be told than up to `position`, or when the signal aborts. */
  function news(position: number, signal: AbortSignal): Promise<void> {
    if (head > position || signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const wake = (): void => {
        waiting.delete(wake);
        signal.removeEventListener('abort', wake);
        resolve();
      };
      waiting.add(wake);
      signal.addEventListener('abort', wake, { once: true });
    });
  }

  return {
    async *follow(after, signal) {
      const leave = enter(signal);
      try {
        await look();
        const { oldest } = await store.read.changesKept();
        const lost = after !== null && (after > head || after < oldest - 1);
        let position = after === null || lost ? head : after;
        yield { kind: lost ? 'reset' : 'ready', position };
        while (!signal.aborted) {
          await news(position, signal);
          if (signal.aborted) return;
          const { changes, upTo, missed } = await pageAfter(position);
          position = missed ? head : upTo;
          yield missed ? { kind: 'reset', position } : { kind: 'changes', changes, position };
        }
      } finally {
        leave();
      }
    },
  };
}
