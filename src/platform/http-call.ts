import { request as requestPlain } from 'node:http';
import { request as requestSecure } from 'node:https';

/** How a call ended: the answer with the beginning of its body, or why there was none (a code or a few words, never the address). */
export type Answered = { readonly status: number; readonly body: string } | { readonly failure: string };

/** What is sent, how much of the answer's body is read, in bytes, and when it is given up. */
interface HttpCall {
  readonly method: 'GET' | 'POST';
  readonly headers: Readonly<Record<string, string | number>>;
  readonly body: string | null;
  readonly mostBytes: number;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/** One request over a connection of its own. Redirections are answers like others. Never throws. */
export function httpCall(url: string, call: HttpCall): Promise<Answered> {
  const { method, headers, body, mostBytes, timeoutMs, signal } = call;
  const timeout = AbortSignal.timeout(timeoutMs);
  return new Promise((resolve) => {
    const fail = (error: unknown): void =>
      resolve({ failure: timeout.aborted ? `no answer within ${timeoutMs} ms` : codeOf(error) });
    try {
      const address = new URL(url);
      const begin = address.protocol === 'https:' ? requestSecure : requestPlain;
      const request = begin(address, {
        method,
        agent: false,
        headers: { 'user-agent': 'ductile', ...headers },
        signal: AbortSignal.any([timeout, signal]),
      });
      request.on('error', fail);
      request.on('response', (response) => {
        let text = '';
        const end = (): void => {
          resolve({ status: response.statusCode ?? 0, body: text });
          response.destroy();
        };
        if (mostBytes === 0) {
          end();
          return;
        }
        response.setEncoding('utf8');
        response.on('data', (part: string) => {
          text += part;
          if (text.length > mostBytes) end();
        });
        response.on('end', end);
        response.on('error', fail);
      });
      request.end(body ?? undefined);
    } catch (error) {
      fail(error);
    }
  });
}

/** Messages may quote the address, codes do not. */
function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'the call failed';
}
