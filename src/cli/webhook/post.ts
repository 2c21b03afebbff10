import type { IncomingMessage } from 'node:http';
import { OperatorError } from '../../domain/errors.ts';
import { request } from '../../platform/http.ts';
import { requestOverTls } from '../../platform/https.ts';
import type { Call } from './signed-call.ts';

/** An answer to a delivery. */
export interface PostAnswer {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
}

/** More of an answer is not kept. */
const MOST_BYTES = 1_048_576;

/**
 * Sends a request to where `to` says, under the host name that its own URL has, and waits for the answer; throws
 * `gateway_unreachable` when there is none, also after a silence of `silenceMs`.
 */
export function post(
  call: Call,
  {
    to = call.url,
    silenceMs,
    ask = false,
  }: { readonly to?: string; readonly silenceMs: number; readonly ask?: boolean },
): Promise<PostAnswer> {
  const target = new URL(to);
  const open = target.protocol === 'https:' ? requestOverTls() : request;
  const headers = {
    host: new URL(call.url).host,
    'content-length': String(call.body.byteLength),
    ...call.headers,
    // A listener that refuses by the length says so before the body is on its way, which it would not read.
    ...(ask ? { expect: '100-continue' } : {}),
  };
  return new Promise((resolve, reject) => {
    const unreachable = (why: string, cause?: unknown): OperatorError =>
      new OperatorError('gateway_unreachable', `no answer from ${target.origin}: ${why}`, {
        hint: 'Start the gateway with `ductile start`, or say where it listens with --url.',
        cause,
      });
    const sent = open(
      target,
      { method: call.method, headers: lists(headers), agent: false, timeout: silenceMs },
      (response) => {
        read(response).then(resolve, (error: unknown) => reject(unreachable(messageOf(error), error)));
      },
    );
    sent.on('timeout', () => sent.destroy(new Error(`silence for ${silenceMs / 1_000} s`)));
    sent.on('error', (error) => reject(unreachable(messageOf(error), error)));
    if (ask) sent.on('continue', () => sent.end(call.body)).flushHeaders();
    else sent.end(call.body);
  });
}

function lists(headers: Call['headers']): Record<string, string | string[]> {
  const entries = Object.entries(headers);
  return Object.fromEntries(entries.map(([name, value]) => [name, typeof value === 'string' ? value : [...value]]));
}

async function read(response: IncomingMessage): Promise<PostAnswer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of response) {
    const bytes = Buffer.from(chunk);
    length += bytes.length;
    if (length > MOST_BYTES) break;
    chunks.push(bytes);
  }
  const headers = Object.entries(response.headers).map(([name, value]) => [name, [value ?? ''].flat().join(', ')]);
  return {
    status: response.statusCode ?? 0,
    headers: Object.fromEntries(headers),
    text: Buffer.concat(chunks).toString('utf8'),
  };
}

/** Several addresses that refuse are an error without a message. */
function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.message === '' && 'code' in error ? String(error.code) : error.message;
}
