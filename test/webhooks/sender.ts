import { createHmac } from 'node:crypto';
import { type Agent, request } from 'node:http';
import { connect } from 'node:net';
import type { Answer } from '../e2e/gateway-process.ts';

/** What a sender was told. */
export interface Told {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
  /** The text as JSON. */
  readonly json: Answer;
}

/** A request to a listener at `address:port`. */
export interface Sent {
  readonly method?: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  readonly agent?: Agent;
}

/** Sends one request; `content-type` is JSON unless it is given. */
export function send(at: string, { method = 'POST', path, headers = {}, body = '', agent }: Sent): Promise<Told> {
  const url = `http://${at}${path}`;
  return new Promise((resolve, reject) => {
    const sent = request(
      url,
      {
        method,
        headers: { 'content-type': 'application/json', ...headers },
        ...(agent === undefined ? {} : { agent }),
      },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () => {
          const text = Buffer.concat(chunks).toString();
          const isJson = /json/.test(response.headers['content-type'] ?? '');
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            text,
            json: isJson && text !== '' ? (JSON.parse(text) as Answer) : {},
          });
        });
      },
    );
    sent.on('error', reject);
    sent.end(method === 'GET' || method === 'HEAD' ? undefined : body);
  });
}

/** The headers that GitHub sends with a body; a fresh id for each unless one is given. */
export function github(
  secret: string,
  body: string | Uint8Array,
  { id = crypto.randomUUID(), event = 'push' }: { readonly id?: string; readonly event?: string } = {},
): Readonly<Record<string, string>> {
  const digest = createHmac('sha256', secret).update(body).digest('hex');
  return { 'x-hub-signature-256': `sha256=${digest}`, 'x-github-delivery': id, 'x-github-event': event };
}

/** Sends bytes as they are and resolves to all that came back once the other side has closed. */
export function exchange(at: string, bytes: string | Uint8Array): Promise<string> {
  const { hostname, port } = new URL(`http://${at}`);
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname);
    const chunks: Buffer[] = [];
    socket.on('data', (chunk: Buffer) => chunks.push(chunk));
    socket.on('error', (error) => (chunks.length > 0 ? undefined : reject(error)));
    socket.on('close', () => resolve(Buffer.concat(chunks).toString()));
    socket.write(bytes);
  });
}
