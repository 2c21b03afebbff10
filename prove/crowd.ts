import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { CrowdOrder, CrowdResult } from './crowd-clients.ts';

const CLIENTS = fileURLToPath(new URL('./crowd-clients.ts', import.meta.url));

/** Sends a crowd of clients, in one process of their own, and resolves to what became of them when the last has ended. */
export async function sendCrowd(order: CrowdOrder): Promise<CrowdResult> {
  const child = spawn(process.execPath, [CLIENTS, JSON.stringify(order)], { stdio: ['ignore', 'pipe', 'pipe'] });
  const end = (): void => void child.kill('SIGKILL');
  process.once('exit', end);
  let [told, wrong] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => {
    told += chunk.toString();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    wrong += chunk.toString();
  });
  await once(child, 'close');
  process.off('exit', end);
  if (child.exitCode !== 0) throw new Error(`the clients ended: ${wrong}`);
  return JSON.parse(told);
}
