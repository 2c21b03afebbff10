import type { FastifyReply } from 'fastify';
import type { Caller } from './caller.ts';

/** Aborts when the asker goes away before the answer, or may not have it any more. */
export function goneSignal({ raw }: FastifyReply, caller: Pick<Caller, 'watch'>): AbortSignal {
  const gone = new AbortController();
  if (raw.destroyed) {
    gone.abort();
    return gone.signal;
  }
  const release = caller.watch(() => gone.abort());
  raw.once('close', () => {
    release();
    if (!raw.writableEnded) gone.abort();
  });
  return gone.signal;
}
