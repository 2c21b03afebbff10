import { Readable } from 'node:stream';
import type { Clock } from '../platform/clock.ts';

/** How often something is sent, so that proxies and clients know that the connection lives, in milliseconds. */
const HEARTBEAT_MS = 15_000;
/** How long a client may take nothing of what waits for it before its connection is closed, in milliseconds. */
const STALL_MS = 30_000;
/** Characters that may wait for a client. */
const BUFFER = 65_536;

/** A server-sent event: `data` becomes JSON. Without an `event` it only moves the id on. */
export interface ServerSentEvent {
  readonly id?: string;
  readonly event?: string;
  readonly data?: unknown;
}

/** Headers of every answer that is a stream of server-sent events. */
export const EVENT_STREAM_HEADERS = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-store',
  // Some proxies would gather the events otherwise.
  'x-accel-buffering': 'no',
} as const;

/** How a stream is written; `json` makes the text of data, masked. */
export interface EventStreamOptions {
  readonly clock: Clock;
  readonly json: (data: unknown) => string;
  /** How long a client may take nothing, in milliseconds; half a minute unless told. */
  readonly stallMs?: number;
}

/**
 * A stream of server-sent events (HTML standard, section 9.2) that ends with them. No event is asked for while as much
 * as may waits for the client; one that takes nothing for half a minute is cut off.
 */
export function eventStream(
  events: AsyncIterable<ServerSentEvent>,
  { clock, json, stallMs = STALL_MS }: EventStreamOptions,
): Readable {
  let resume = (): void => {};
  let over = false;
  const source = events[Symbol.asyncIterator]();
  const stream = new Readable({
    highWaterMark: BUFFER,
    read: () => resume(),
    destroy(error, callback) {
      over = true;
      resume();
      // The source may be waiting for its next event; whoever made it ends it by the signal that the client is gone.
      void source.return?.();
      callback(error);
    },
  });

  /** Sends what it is given; resolves when there is room for more. */
  async function send(text: string): Promise<void> {
    if (over || stream.push(text)) return;
    const room = new Promise<void>((resolve) => {
      resume = resolve;
    });
    const cancel = clock.after(stallMs, () => stream.destroy(new Error('the client takes nothing')));
    await room;
    cancel();
  }

  async function run(): Promise<void> {
    for (let next = source.next(); !over; ) {
      const found = await orHeartbeat(next);
      if (found === null) {
        await send(': still here\n\n');
        continue;
      }
      if (found.done === true) break;
      await send(textOf(found.value, json));
      next = source.next();
    }
    if (!over) stream.push(null);
  }

  /** What comes next, or null when nothing has come for a while. */
  async function orHeartbeat<T>(next: Promise<T>): Promise<T | null> {
    let cancel = (): void => {};
    const quiet = new Promise<null>((resolve) => {
      cancel = clock.after(HEARTBEAT_MS, () => resolve(null));
    });
    try {
      return await Promise.race([next, quiet]);
    } finally {
      cancel();
    }
  }

  run().catch((error: unknown) => stream.destroy(error instanceof Error ? error : new Error(String(error))));
  return stream;
}

function textOf({ id, event, data }: ServerSentEvent, json: (data: unknown) => string): string {
  const lines = [
    ...(id === undefined ? [] : [`id: ${id}`]),
    ...(event === undefined ? [] : [`event: ${event}`]),
    ...(data === undefined ? [] : [`data: ${json(data)}`]),
  ];
  return `${lines.join('\n')}\n\n`;
}
