import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import type { Answer } from '../e2e/gateway-process.ts';

/** A request over TCP. */
export interface TcpRequest {
  readonly method?: string;
  readonly path: string;
  /** Names and values as they are sent, repeats included; a Host of its own makes the default one stay away. */
  readonly headers?: readonly (readonly [name: string, value: string])[];
  readonly token?: string | null;
  readonly body?: unknown;
  /** Where the client calls from, such as 127.0.0.2. */
  readonly from?: string;
}

/** What came back; of a stream, only its head. */
export interface TcpAnswer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly text: string;
  /** The body as JSON; `{}` where it is none. */
  readonly body: Answer;
}

/** Calls the listener at `host:port` on a connection of its own. */
export async function callTcp(at: string, asked: TcpRequest): Promise<TcpAnswer> {
  const response = await openTcp(at, asked);
  if (String(response.headers['content-type']).startsWith('text/event-stream')) {
    response.destroy();
    return { status: response.statusCode ?? 0, headers: response.headers, text: '', body: {} };
  }
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk);
  const text = Buffer.concat(chunks).toString();
  const isJson = /json/.test(String(response.headers['content-type']));
  return {
    status: response.statusCode ?? 0,
    headers: response.headers,
    text,
    body: isJson && text !== '' ? JSON.parse(text) : {},
  };
}

/** The same, its body still to come. */
export async function openTcp(at: string, asked: TcpRequest): Promise<IncomingMessage> {
  const { method = 'GET', path, headers = [], token = null, body, from } = asked;
  const text = body === undefined ? null : typeof body === 'string' ? body : JSON.stringify(body);
  const given = (name: string): boolean => headers.some(([known]) => known.toLowerCase() === name);
  const all = [
    ...(given('host') ? [] : [['Host', at]]),
    ...(token === null ? [] : [['Authorization', `Bearer ${token}`]]),
    ...(text === null || given('content-type') ? [] : [['Content-Type', 'application/json']]),
    ...(text === null && method === 'GET' ? [] : [['Content-Length', String(Buffer.byteLength(text ?? ''))]]),
    ...headers,
  ];
  const colon = at.lastIndexOf(':');
  const sent = request({
    host: at.slice(0, colon).replace(/^\[|\]$/g, ''),
    port: Number(at.slice(colon + 1)),
    method,
    path,
    setHost: false,
    agent: false,
    headers: all.flat(),
    ...(from === undefined ? {} : { localAddress: from }),
  });
  sent.end(text ?? undefined);
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  return response;
}
