import type { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import { OperatorError } from '../domain/errors.ts';
import type { Json } from '../domain/json.ts';
import { request } from '../platform/http.ts';

/** A request to the API; `body` is JSON text. */
export interface Call {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly path: string;
  readonly body: string | null;
}

/** An answer of the API. */
export interface Reply {
  readonly status: number;
  readonly body: Json;
}

/** Longest silence of a gateway that is asked for a sign of life, in milliseconds. */
const PROBE_MS = 10_000;

/** True when a gateway listens on the socket; throws `gateway_unreachable` when somebody does but says nothing. */
export async function answersAt(socketPath: string): Promise<boolean> {
  try {
    await send(socketPath, { method: 'GET', path: '/healthz', body: null, silenceMs: PROBE_MS });
    return true;
  } catch (error) {
    if (error instanceof OperatorError) throw error;
    return false;
  }
}

/** Sends one request; throws `gateway_unreachable` when the gateway goes away before it has answered. */
export async function overSocket(socketPath: string, call: Call): Promise<Reply> {
  try {
    return await send(socketPath, { ...call, silenceMs: 0 });
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new OperatorError('gateway_unreachable', `the gateway went away before it had answered (${why})`, {
      cause: error,
    });
  }
}

/** Asks for a stream; resolves with its status and body when it begins. Throws `gateway_unreachable`. */
export function openStream(socketPath: string, path: string): Promise<{ status: number; body: Readable }> {
  return new Promise((resolve, reject) => {
    const sent = request({ socketPath, method: 'GET', path, agent: false }, (response) => {
      resolve({ status: response.statusCode ?? 500, body: response });
    });
    sent.on('error', (cause) => {
      reject(new OperatorError('gateway_unreachable', `the gateway went away (${cause.message})`, { cause }));
    });
    sent.end();
  });
}

function send(socketPath: string, call: Call & { readonly silenceMs: number }): Promise<Reply> {
  const { method, path, body, silenceMs } = call;
  const headers =
    body === null ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
  return new Promise((resolve, reject) => {
    const sent = request({ socketPath, method, path, headers, agent: false, timeout: silenceMs }, (response) => {
      read(response).then(resolve, reject);
    });
    sent.on('timeout', () => {
      const message = `a gateway listens on ${socketPath}, but has not answered for ${silenceMs / 1_000} s`;
      sent.destroy(new OperatorError('gateway_unreachable', message));
    });
    sent.on('error', reject);
    sent.end(body ?? undefined);
  });
}

async function read(response: IncomingMessage): Promise<Reply> {
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(Buffer.from(chunk));
  const body: Json = JSON.parse(Buffer.concat(chunks).toString('utf8'));
  return { status: response.statusCode ?? 500, body };
}
