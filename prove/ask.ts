import { Agent, request } from 'node:http';
import { BrokenPromise } from './broken-promise.ts';

/** An answer of the gateway's local API. */
export interface Answer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

/** A request to the gateway's local API. */
export interface Question {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly body?: unknown;
}

const agent = new Agent({ keepAlive: true });

/** Asks the gateway over its socket; rejects when the connection breaks, as it does when the gateway is killed. */
export function ask(socketPath: string, { method, path, body }: Question): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const text = body === undefined ? '' : JSON.stringify(body);
    const json = body === undefined ? {} : { 'content-type': 'application/json' };
    const headers = { ...json, 'content-length': Buffer.byteLength(text) };
    const sent = request({ socketPath, method, path, headers, agent }, (response) => {
      let answer = '';
      response.on('data', (chunk: Buffer) => {
        answer += chunk.toString();
      });
      response.on('error', reject);
      response.on('end', () => {
        try {
          resolve({ status: response.statusCode ?? 0, body: JSON.parse(answer) });
        } catch (error) {
          reject(error);
        }
      });
    });
    sent.on('error', reject);
    sent.end(text);
  });
}

/** Resolves after a while. */
export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}

/** Asks again and again, every 20 ms, until there is an answer that is not null; rejects with BrokenPromise after `withinMs`. */
export async function until<T>(what: string, withinMs: number, look: () => T | null | Promise<T | null>): Promise<T> {
  const deadline = performance.now() + withinMs;
  for (;;) {
    const found = await look();
    if (found !== null) return found;
    if (performance.now() > deadline) throw new BrokenPromise(`${what}: not within ${withinMs} ms`);
    await pause(20);
  }
}
