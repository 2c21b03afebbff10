import { httpCall } from './http-call.ts';

/** How a call ended: the status of the answer, or why there was none (an error code or a few words, never the address). */
export type Called = { readonly status: number } | { readonly failure: string };

/** Calls an address. */
export type CallAddress = (
  url: string,
  options: { readonly timeoutMs: number; readonly signal: AbortSignal },
) => Promise<Called>;

/** One GET whose body is not read. Never throws. */
export const callAddress: CallAddress = (url, limits) =>
  httpCall(url, { method: 'GET', headers: {}, body: null, mostBytes: 0, ...limits });
