import type { IncomingMessage } from 'node:http';
import type { Clock } from '../../platform/clock.ts';

/** A body as it came, or why there is none. */
export type ReadBody =
  | { readonly kind: 'whole'; readonly body: Buffer }
  | { readonly kind: 'too_large' }
  | { readonly kind: 'too_slow' }
  /** The sender hung up. */
  | { readonly kind: 'gone' };

/** Reads a body under a cap in bytes and a limit in milliseconds; past either of them it reads no further. */
export function readBody(
  request: IncomingMessage,
  { maxBytes, timeoutMs, clock }: { readonly maxBytes: number; readonly timeoutMs: number; readonly clock: Clock },
): Promise<ReadBody> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    const cancelTimer = clock.after(timeoutMs, () => settle({ kind: 'too_slow' }));

    function settle(read: ReadBody): void {
      cancelTimer();
      request.off('data', onData).off('end', onEnd).off('close', onGone);
      if (read.kind !== 'whole') request.pause();
      resolve(read);
    }
    function onData(chunk: Buffer): void {
      bytes += chunk.length;
      if (bytes > maxBytes) settle({ kind: 'too_large' });
      else chunks.push(chunk);
    }
    function onEnd(): void {
      settle({ kind: 'whole', body: Buffer.concat(chunks, bytes) });
    }
    function onGone(): void {
      settle({ kind: 'gone' });
    }

    // An error is followed by `close`.
    request.on('error', () => {});
    request.on('data', onData).on('end', onEnd).on('close', onGone);
  });
}
