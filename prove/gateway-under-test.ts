import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { FaultPoint } from '../src/platform/fault-point.ts';
import { FAULT_VARIABLE } from './fault-variable.ts';

const MAIN = fileURLToPath(new URL('../src/main.ts', import.meta.url));
const ARM = new URL('./arm-fault-point.ts', import.meta.url).href;

/** What makes a gateway kill itself when it comes to a point for the nth time; the product knows nothing of it. */
export function armed(point: FaultPoint, nth: number): Surroundings {
  return { nodeOptions: ['--import', ARM], env: { [FAULT_VARIABLE]: `${point}:${nth}` } };
}

/** How a gateway's process ended. */
export interface GatewayExit {
  /** Null when a signal ended it. */
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stderr: string;
  /** From its spawn, in milliseconds. */
  readonly afterMs: number;
}

/** A gateway that was spawned and is ready, or has ended before it was. */
export interface Launched {
  readonly pid: number;
  /** Milliseconds from the spawn until it said that it is ready; null: it ended first. */
  readonly ready: Promise<number | null>;
  readonly ended: Promise<GatewayExit>;
}

/** A gateway in a process of its own, which a campaign may kill. */
export interface GatewayUnderTest {
  readonly pid: number;
  /** From the spawn until it was ready, in milliseconds. */
  readonly readyMs: number;
  /** Sends a signal and resolves when the process has ended, to how, and to how long that took in milliseconds. */
  kill(signal: NodeJS.Signals): Promise<GatewayExit & { readonly tookMs: number }>;
}

const alive = new Set<ChildProcess>();

/** What is put around a gateway: variables of its environment, and options of Node. */
export interface Surroundings {
  readonly env?: Readonly<Record<string, string>>;
  readonly nodeOptions?: readonly string[];
}

/** Spawns a gateway without waiting for it. */
export function launch(config: string, { env = {}, nodeOptions = [] }: Surroundings = {}): Launched {
  const { PATH, HOME, NODE_DISABLE_COMPILE_CACHE } = process.env;
  const spawnedAt = performance.now();
  const child = spawn(process.execPath, [...nodeOptions, MAIN, 'start', '--config', config], {
    env: { PATH, HOME, NODE_DISABLE_COMPILE_CACHE, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const { pid } = child;
  if (pid === undefined) throw new Error('the gateway was not started');
  alive.add(child);
  let stderr = '';
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk.toString();
  });
  const afterMs = (): number => performance.now() - spawnedAt;
  const ended = once(child, 'exit').then(() => {
    alive.delete(child);
    return { code: child.exitCode, signal: child.signalCode, stderr, afterMs: afterMs() };
  });
  const ready = new Promise<number | null>((resolve) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      if (line.includes('the gateway is ready')) resolve(afterMs());
    });
    void ended.then(() => resolve(null));
  });
  return { pid, ready, ended };
}

/** Starts a gateway and resolves when it says that it is ready. */
export async function startUnderTest(config: string, surroundings: Surroundings = {}): Promise<GatewayUnderTest> {
  return underTest(launch(config, surroundings));
}

/** Waits until a launched gateway is ready; rejects when it ends first. */
export async function underTest({ pid, ready, ended }: Launched): Promise<GatewayUnderTest> {
  const readyMs = await ready;
  if (readyMs === null) throw new Error(`the gateway ended before it was ready: ${(await ended).stderr}`);
  return {
    pid,
    readyMs,
    async kill(signal) {
      const from = performance.now();
      process.kill(pid, signal);
      return { ...(await ended), tookMs: performance.now() - from };
    },
  };
}

/** Kills every gateway that still runs; for the end of a campaign, however it ended. */
export function killGateways(): void {
  for (const child of alive) child.kill('SIGKILL');
}
