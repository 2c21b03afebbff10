import { type Answered, httpCall } from './http-call.ts';

/** Sends JSON to an address. */
export type PostJson = (
  url: string,
  options: {
    readonly headers: Readonly<Record<string, string>>;
    readonly body: string;
    readonly timeoutMs: number;
    readonly signal: AbortSignal;
  },
) => Promise<Answered>;

/** What is read of an answer, in bytes. */
const MOST_BYTES = 65_536;

/** One POST. Never throws. */
export const postJson: PostJson = (url, { headers, body, ...limits }) =>
  httpCall(url, {
    method: 'POST',
    headers: { ...headers, 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) },
    body,
    mostBytes: MOST_BYTES,
    ...limits,
  });
