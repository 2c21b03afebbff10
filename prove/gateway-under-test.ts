import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { Agent, request } from 'node:http';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('../src/main.ts', import.meta.url));

/** A gateway in a process of its own, which a campaign may kill. */
export interface GatewayUnderTest {
  readonly pid: number;
  kill(signal: NodeJS.Signals): Promise<void>;
}

/** Starts a gateway and resolves when it says that it is ready. */
export async function startUnderTest(config: string): Promise<GatewayUnderTest> {
  const { PATH, HOME } = process.env;
  const child = spawn(process.execPath, [MAIN, 'start', '--config', config], {
    env: { PATH, HOME },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = once(child, 'exit');
  await ready(child);
  const { pid } = child;
  if (pid === undefined) throw new Error('the gateway was not started');
  return {
    pid,
    async kill(signal) {
      child.kill(signal);
      await ended;
    },
  };
}

async function ready(child: ChildProcess): Promise<void> {
  const { stdout, stderr } = child;
  if (stdout === null || stderr === null) throw new Error('the gateway has no output');
  let complaint = '';
  stderr.on('data', (chunk: Buffer) => {
    complaint += chunk.toString();
  });
  for await (const line of createInterface({ input: stdout })) {
    if (!line.includes('the gateway is ready')) continue;
    stdout.resume();
    return;
  }
  throw new Error(`the gateway ended before it was ready: ${complaint}`);
}

/** An answer of the gateway's local API. */
export interface Answer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

/** Asks the gateway over its socket; rejects when the connection breaks, as it does when the gateway is killed. */
export function ask(
  socketPath: string,
  { method, path, body }: { readonly method: 'GET' | 'POST'; readonly path: string; readonly body?: unknown },
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const text = body === undefined ? '' : JSON.stringify(body);
    const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) };
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

const agent = new Agent({ keepAlive: true });
