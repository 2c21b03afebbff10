import { request as requestPlain } from 'node:http';
import { request as requestSecure } from 'node:https';

/** How a call ended: the status of the answer, or why there was none (an error code or a few words, never the address). */
export type Called = { readonly status: number } | { readonly failure: string };

/** Calls an address. */
export type CallAddress = (
  url: string,
  options: { readonly timeoutMs: number; readonly signal: AbortSignal },
) => Promise<Called>;

/** One GET over a connection of its own. Redirections are answers like others, and the body is not read. Never throws. */
export const callAddress: CallAddress = (url, { timeoutMs, signal }) => {
  const timeout = AbortSignal.timeout(timeoutMs);
  return new Promise((resolve) => {
    const fail = (error: unknown): void =>
      resolve({ failure: timeout.aborted ? `no answer within ${timeoutMs} ms` : codeOf(error) });
    try {
      const address = new URL(url);
      const begin = address.protocol === 'https:' ? requestSecure : requestPlain;
      const request = begin(address, {
        agent: false,
        headers: { 'user-agent': 'ductile' },
        signal: AbortSignal.any([timeout, signal]),
      });
      request.on('error', fail);
      request.on('response', (response) => {
        resolve({ status: response.statusCode ?? 0 });
        response.destroy();
      });
      request.end();
    } catch (error) {
      fail(error);
    }
  });
};

/** Messages may quote the address, codes do not. */
function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'the call failed';
}
