import { createHash } from 'node:crypto';
import { isJsonObject, type Json } from '../domain/json.ts';
import { encodeSpans } from '../domain/otlp/encode-spans.ts';
import { isSampled, lineageSpans, traceIdOf } from '../domain/otlp/lineage-spans.ts';
import type { Span } from '../domain/otlp/span.ts';
import { tracesUrl } from '../domain/otlp/traces-url.ts';
import type { PostJson } from '../platform/post-json.ts';
import type { AttemptNews, Bus } from './bus.ts';
import type { EngineParts } from './parts.ts';

/** Spans that wait to be sent; what comes beyond is dropped. */
const MOST_WAITING = 4_096;
/** Spans of one request. */
const BATCH = 512;
/** How long spans wait for more, in milliseconds. */
const GATHER_MS = 5_000;
/** The longest pause after a collector that could not be reached, in milliseconds. */
const LONGEST_PAUSE_MS = 60_000;
const TIMEOUT_MS = 10_000;
/** How long the end of the gateway may wait for the collector, in milliseconds. */
const LAST_MS = 3_000;
/** Answers after which the same may be sent again (OTLP/HTTP, "Retryable Response Codes"). */
const RETRYABLE: ReadonlySet<number> = new Set([429, 502, 503, 504]);

/** Tells a collector of every attempt, as `service.otlp` says. */
export interface Tracer {
  /** Whatever is dropped is counted. */
  counts(): { readonly sent: number; readonly dropped: number };
  /** Sends what is left, for three seconds at most. */
  stop(): Promise<void>;
}

/**
 * A tracer that listens to the bus from now on. Nothing waits for it: spans are gathered, sent in batches, kept for a
 * collector that is away as long as there is room, and dropped beyond. Without `service.otlp` it does nothing.
 */
export function createTracer(
  { clock, log, snapshot, bus }: Pick<EngineParts, 'clock' | 'log' | 'snapshot'> & { readonly bus: Bus },
  { post, version }: { readonly post: PostJson; readonly version: string },
): Tracer {
  const stopping = new AbortController();
  let waiting: Span[] = [];
  let sent = 0;
  let dropped = 0;
  let cancelTimer: (() => void) | null = null;
  let sending: Promise<boolean> | null = null;
  /** Calls in a row that failed. */
  let failures = 0;
  const unsubscribe = bus.subscribeAttempts(hear);

  function hear(news: AttemptNews): void {
    const { service, redactor } = snapshot();
    if (service.otlp === null || !isSampled(traceIdOf(news.job.rootJobId, digest), service.otlp.sample)) return;
    const spans = lineageSpans(news, { digest, mask: (text) => redactor.text(text) });
    const room = MOST_WAITING - waiting.length;
    waiting.push(...spans.slice(0, room));
    dropped += Math.max(0, spans.length - room);
    if (waiting.length >= BATCH && failures === 0) send();
    else sendLater(GATHER_MS);
  }

  function sendLater(ms: number): void {
    if (cancelTimer !== null || sending !== null || stopping.signal.aborted) return;
    cancelTimer = clock.after(ms, () => {
      cancelTimer = null;
      send();
    });
  }

  function send(): void {
    if (sending !== null || waiting.length === 0 || stopping.signal.aborted) return;
    cancelTimer?.();
    cancelTimer = null;
    sending = sendBatch(TIMEOUT_MS, stopping.signal).finally(() => {
      sending = null;
      if (waiting.length === 0) return;
      if (failures > 0) sendLater(Math.min(LONGEST_PAUSE_MS, GATHER_MS * 2 ** (failures - 1)));
      else if (waiting.length >= BATCH) send();
      else sendLater(GATHER_MS);
    });
  }

  /** False when the same is to be sent again. */
  async function sendBatch(timeoutMs: number, signal: AbortSignal): Promise<boolean> {
    const { service } = snapshot();
    const batch = waiting.slice(0, BATCH);
    if (service.otlp === null) {
      // A reload took the collector away.
      dropped += waiting.length;
      waiting = [];
      return true;
    }
    const { endpoint, headers } = service.otlp;
    const body = JSON.stringify(encodeSpans(batch, { name: service.name, version }));
    const posted = await post(tracesUrl(endpoint), { headers, body, timeoutMs, signal });
    if ('failure' in posted || RETRYABLE.has(posted.status)) {
      if (!signal.aborted) failed('failure' in posted ? posted.failure : `it answered ${posted.status}`);
      return false;
    }
    waiting = waiting.slice(batch.length);
    if (posted.status >= 200 && posted.status < 300) {
      const refused = Math.min(batch.length, refusedBy(posted.body));
      sent += batch.length - refused;
      dropped += refused;
      worked();
    } else {
      dropped += batch.length;
      failed(`it answered ${posted.status}, and the spans were dropped`);
      failures = 1;
    }
    return true;
  }

  function failed(why: string): void {
    failures += 1;
    if (failures === 1) log.warn(`traces could not be sent to the collector: ${why}; see service.otlp`);
    else log.debug(`traces could not be sent to the collector: ${why}`);
  }

  function worked(): void {
    if (failures > 0) log.info('traces are sent to the collector again', { dropped });
    failures = 0;
  }

  return {
    counts: () => ({ sent, dropped }),
    async stop() {
      unsubscribe();
      cancelTimer?.();
      stopping.abort();
      await sending;
      const deadline = clock.monotonic() + LAST_MS;
      const unbound = new AbortController().signal;
      while (waiting.length > 0) {
        const leftMs = Math.floor(deadline - clock.monotonic());
        if (leftMs <= 0 || !(await sendBatch(leftMs, unbound))) break;
      }
      dropped += waiting.length;
      waiting = [];
    },
  };
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** How many spans an answer says the collector did not take. */
function refusedBy(body: string): number {
  try {
    const answer: Json = JSON.parse(body);
    const partial = isJsonObject(answer) ? answer['partialSuccess'] : undefined;
    const refused = isJsonObject(partial) ? Number(partial['rejectedSpans'] ?? 0) : 0;
    return Number.isSafeInteger(refused) && refused > 0 ? refused : 0;
  } catch {
    return 0;
  }
}
