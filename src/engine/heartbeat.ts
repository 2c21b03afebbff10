import type { Decision, DecisionCode } from '../domain/decision.ts';
import type { Json } from '../domain/json.ts';
import type { CallAddress } from '../platform/call-address.ts';
import type { EngineParts } from './parts.ts';

/** How often the address is called, in milliseconds. */
export const HEARTBEAT_EVERY_MS = 60_000;
/** How long an answer may take, in milliseconds. */
const TIMEOUT_MS = 10_000;

/** Tells the outside that the gateway lives. */
export interface Heartbeat {
  /** Calls the address of the snapshot in force now if it is another one than before, and from then on once a minute. */
  follow(): void;
  stop(): Promise<void>;
}

/**
 * A heartbeat that calls `service.heartbeat_url` while the gateway starts jobs and its storage takes them; nothing
 * waits for the answer. Calls that fail are decisions, and a word in the log when that begins and when it ends.
 */
export function createHeartbeat(parts: EngineParts, call: CallAddress): Heartbeat {
  const { store, clock } = parts;
  const log = parts.log.child('heartbeat');
  const stopping = new AbortController();
  let cancelTimer: () => void = () => {};
  let beating: Promise<void> = Promise.resolve();
  let followed: string | null = null;
  let failing = false;

  async function beat(url: string): Promise<void> {
    try {
      if (!store.health().ok) return;
      // Whoever forgets a pause hears of it from outside.
      if ((await store.read.standings()).pausedAt !== null) return;
      const called = await call(url, { timeoutMs: TIMEOUT_MS, signal: stopping.signal });
      if (stopping.signal.aborted) return;
      if ('status' in called && called.status >= 200 && called.status < 300) await succeeded();
      else await failed('status' in called ? { status: called.status } : called);
    } catch (error) {
      log.warn('the heartbeat could not be recorded', { error: error instanceof Error ? error.message : error });
    }
  }

  async function succeeded(): Promise<void> {
    if (!failing) return;
    failing = false;
    const text = 'the heartbeat address answers again';
    log.info(text);
    await record('heartbeat_restored', text, null);
  }

  async function failed(seen: { readonly status: number } | { readonly failure: string }): Promise<void> {
    const why = 'status' in seen ? `it answered ${seen.status}` : seen.failure;
    const text = `the heartbeat address could not be called: ${why}; see service.heartbeat_url`;
    log[failing ? 'debug' : 'warn'](text);
    failing = true;
    await record('heartbeat_failed', text, { ...seen });
  }

  async function record(code: DecisionCode, text: string, values: Json): Promise<void> {
    const about = { jobId: null, eventId: null, instance: null, schedule: null, route: null };
    const decision: Decision = { ...about, code, at: clock.now(), text, values, collapseKey: code };
    await store.commit({ kind: 'record', decisions: [decision] });
  }

  function tick(): void {
    const url = followed;
    if (url === null || stopping.signal.aborted) return;
    beating = beating.then(() => beat(url));
    cancelTimer = clock.after(HEARTBEAT_EVERY_MS, tick);
  }

  return {
    follow() {
      const url = parts.snapshot().service.heartbeatUrl;
      if (url === followed) return;
      cancelTimer();
      followed = url;
      failing = false;
      tick();
    },
    async stop() {
      stopping.abort();
      cancelTimer();
      await beating;
    },
  };
}
