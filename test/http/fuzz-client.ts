import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import type { FuzzAnswer } from './fuzz-oracle.ts';
import type { FuzzRequest } from './fuzz-request.ts';

/** How long the gateway may take for one answer, in milliseconds. */
const SILENCE_MS = 20_000;

/** Beyond that, a gateway that refuses a body may close the connection while it is still being sent; in bytes. */
const SENT_AT_ONCE = 65_536;

/** Where a gateway listens, and the token to show there. */
export type Place =
  | { readonly socketPath: string }
  | { readonly host: string; readonly port: number; readonly token: string };

/** Sends a request over a connection of its own; rejects when no answer comes. */
export async function send(
  place: Place,
  { method, target, headers, body }: Pick<FuzzRequest, 'method' | 'target' | 'headers' | 'body'>,
): Promise<FuzzAnswer> {
  const length = body === null ? {} : { 'content-length': String(Buffer.byteLength(body)) };
  const shown = 'token' in place ? { authorization: `Bearer ${place.token}` } : {};
  const sent = request({
    ...('token' in place ? { host: place.host, port: place.port } : place),
    method,
    path: target,
    headers: { ...shown, ...headers, ...length },
    agent: false,
    signal: AbortSignal.timeout(SILENCE_MS),
  });
  const answered = once(sent, 'response');
  sent.end(body ?? undefined);
  const [response]: IncomingMessage[] = await answered;
  if (response === undefined) throw new Error('no answer');
  const { statusCode: status = 0, headers: told } = response;
  if (String(told['content-type']).startsWith('text/event-stream')) {
    sent.destroy();
    return { status, headers: told, body: method === 'HEAD' ? '' : null };
  }
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(Buffer.from(chunk));
  return { status, headers: told, body: Buffer.concat(chunks).toString('utf8') };
}

/** True when a large body was refused while it was still being sent, so that nobody read the answer. */
export function isRefusedUnread({ body }: Pick<FuzzRequest, 'body'>, error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : null;
  return (body?.length ?? 0) > SENT_AT_ONCE && (code === 'EPIPE' || code === 'ECONNRESET');
}
