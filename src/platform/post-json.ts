import { request as requestPlain } from 'node:http';
import { request as requestSecure } from 'node:https';

/** How a call ended: the answer with the beginning of its body, or why there was none (a code or a few words, never the address). */
export type Posted = { readonly status: number; readonly body: string } | { readonly failure: string };

/** Sends JSON to an address. */
export type PostJson = (
  url: string,
  options: {
    readonly headers: Readonly<Record<string, string>>;
    readonly body: string;
    readonly timeoutMs: number;
    readonly signal: AbortSignal;
  },
) => Promise<Posted>;

/** What is read of an answer, in bytes. */
const MOST_BYTES = 65_536;

/** One POST over a connection of its own. Redirections are answers like others. Never throws. */
export const postJson: PostJson = (url, { headers, body, timeoutMs, signal }) => {
  const timeout = AbortSignal.timeout(timeoutMs);
  return new Promise((resolve) => {
    const fail = (error: unknown): void =>
      resolve({ failure: timeout.aborted ? `no answer within ${timeoutMs} ms` : codeOf(error) });
    try {
      const address = new URL(url);
      const begin = address.protocol === 'https:' ? requestSecure : requestPlain;
      const request = begin(address, {
        method: 'POST',
        agent: false,
        headers: {
          'user-agent': 'ductile',
          ...headers,
          'content-type': 'application/json',
          'content-length': Buffer.byteLength(body),
        },
        signal: AbortSignal.any([timeout, signal]),
      });
      request.on('error', fail);
      request.on('response', (response) => {
        let text = '';
        const end = (): void => {
          resolve({ status: response.statusCode ?? 0, body: text });
          response.destroy();
        };
        response.setEncoding('utf8');
        response.on('data', (part: string) => {
          text += part;
          if (text.length > MOST_BYTES) end();
        });
        response.on('end', end);
        response.on('error', fail);
      });
      request.end(body);
    } catch (error) {
      fail(error);
    }
  });
};

/** Messages may quote the address, codes do not. */
function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'the call failed';
}
