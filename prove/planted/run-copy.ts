import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** What a campaign in a copy of the project reported. */
export interface Report {
  readonly passed: boolean;
  readonly violations?: readonly string[];
  readonly brokeOff?: string | null;
  readonly skipped?: readonly string[];
}

/** Runs a campaign in a copy of the project and resolves to its report; `onStart` is given the process. */
export async function runCopy(
  dir: string,
  {
    campaign,
    rounds,
    seed,
    onStart,
  }: {
    readonly campaign: string;
    readonly rounds: number;
    readonly seed: number;
    readonly onStart: (child: ChildProcess) => void;
  },
): Promise<Report> {
  const file = join(dir, 'report.json');
  const options = ['--only', campaign, '--rounds', String(rounds), '--seed', String(seed), '--report', file];
  const child = spawn(process.execPath, [join(dir, 'prove/run.ts'), ...options], {
    cwd: dir,
    // Nobody runs this copy again.
    env: { ...process.env, NODE_DISABLE_COMPILE_CACHE: '1' },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  onStart(child);
  let stderr = '';
  child.stderr.on('data', (chunk: Buffer) => {
    stderr = (stderr + chunk.toString()).slice(-4_000);
  });
  await once(child, 'exit');
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Report;
  } catch {
    return { passed: false, brokeOff: `no report: ${stderr}` };
  }
}
