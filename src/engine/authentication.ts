import { looksLikeToken, type Token, tokenStanding } from '../domain/token.ts';
import type { EngineParts } from './parts.ts';
import { tokenHash } from './token-operations.ts';

/** A use within this time after the one before is not written. */
const USE_EVERY_MS = 60_000;
/** Most tokens whose latest use is remembered. */
const MOST_TOKENS = 10_000;

/** Tells whom requests speak for. */
export interface Authentication {
  /** The live token with that text, or null; notes its use from the client address `from`. */
  check(text: string, from: string): Promise<Token | null>;
  /** True when somebody holds a token that is live. */
  anyLive(): Promise<boolean>;
  /** Calls `end` once the token is revoked or expires; null: once nobody may read without one. Returns what ends the watch. */
  watch(token: Pick<Token, 'id' | 'expiresAt'> | null, end: () => void): () => void;
  /** A token was revoked. */
  ended(id: number): void;
  /** The configuration changed. */
  follow(): void;
}

/** The authentication of a gateway. */
export function createAuthentication(parts: EngineParts): Authentication {
  const { store, clock, log } = parts;
  const watching = new Map<number | null, Set<() => void>>();
  /** Of those that were checked and revoked while this gateway ran. */
  const revoked = new Set<number>();
  const usedAt = new Map<number, number>();

  function noteUse({ id, usedAt: known }: Token, from: string, at: number): void {
    const before = Math.max(usedAt.get(id) ?? Number.NEGATIVE_INFINITY, known ?? Number.NEGATIVE_INFINITY);
    // A clock that was set back must not keep uses from being seen until it has caught up.
    if (at >= before && at - before < USE_EVERY_MS) return;
    usedAt.delete(id);
    usedAt.set(id, at);
    const [oldest] = usedAt.keys();
    if (usedAt.size > MOST_TOKENS && oldest !== undefined) usedAt.delete(oldest);
    store.commit({ kind: 'use_token', id, from, at }).catch((error: unknown) => {
      log.debug('the use of a token could not be noted', { error: error instanceof Error ? error.message : error });
    });
  }

  function endAll(key: number | null): void {
    const ends = [...(watching.get(key) ?? [])];
    watching.delete(key);
    for (const end of ends) end();
  }

  return {
    async check(text, from) {
      if (!looksLikeToken(text)) return null;
      const token = await store.read.token(tokenHash(text));
      const now = clock.now();
      if (token === null || tokenStanding(token, now) !== 'live') return null;
      noteUse(token, from, now);
      return token;
    },
    async anyLive() {
      const { items } = await store.read.tokens({ liveAt: clock.now() }, { limit: 1, cursor: null });
      return items.length > 0;
    },
    watch(token, end) {
      const key = token?.id ?? null;
      if (key !== null && revoked.has(key)) {
        end();
        return () => {};
      }
      const ends = watching.get(key) ?? new Set();
      watching.set(key, ends);
      let cancelTimer = (): void => {};
      const release = (): void => {
        cancelTimer();
        ends.delete(onEnd);
        if (ends.size === 0 && watching.get(key) === ends) watching.delete(key);
      };
      const onEnd = (): void => {
        release();
        end();
      };
      ends.add(onEnd);
      const expiresAt = token?.expiresAt ?? null;
      if (expiresAt !== null) cancelTimer = clock.at(expiresAt, onEnd);
      return release;
    },
    ended(id) {
      revoked.add(id);
      endAll(id);
    },
    follow() {
      if (!parts.snapshot().api.openReading) endAll(null);
    },
  };
}
