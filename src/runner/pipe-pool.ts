import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { closeSync, constants, openSync } from 'node:fs';
import type { Clock } from '../platform/clock.ts';

/** Pipes made at a time: enough for several attempts, since most of them come back. */
const BATCH = 12;
/** More are made in the background when fewer are left. */
const LOW = 4;
/** How long the shell that makes them may take. */
const MAKING_MS = 5_000;

/**
 * Node cannot make a pipe. A shell can: each stage of this pipeline keeps the pipe it reads from at descriptor 5, reports
 * its process id (built-ins only, nothing is executed), and stays until its control input ends.
 */
const PIPELINE = [
  'exec 3>&1 4<&0',
  's() { exec 5<&0; read -r p x </proc/self/stat; echo "$p" >&3; read -r x <&4; }',
  `: ${'| s '.repeat(BATCH)}>/dev/null`,
].join('; ');

const pool: number[] = [];
let making: Promise<boolean> | null = null;

/** Descriptors of `count` empty pipes that nobody else has open, for the caller to close; null where none can be made. */
export async function takePipes(count: number, clock: Clock): Promise<readonly number[] | null> {
  // Elsewhere a socket can be opened by name, or /proc is missing.
  if (process.platform !== 'linux' || process.versions.bun !== undefined) return null;
  while (pool.length < count) if (!(await makeMore(clock))) return null;
  const taken = pool.splice(-count);
  if (pool.length < LOW) void makeMore(clock);
  return taken;
}

/** Takes a pipe back that is empty and that nobody else has open any more. */
export function returnPipe(descriptor: number): void {
  if (pool.length < BATCH) pool.push(descriptor);
  else closeSync(descriptor);
}

function makeMore(clock: Clock): Promise<boolean> {
  making ??= makePipes(clock)
    // Where no process can be started no pipes can be made.
    .catch(() => [])
    .then((made) => {
      pool.push(...made);
      return made.length > 0;
    })
    .finally(() => {
      making = null;
    });
  return making;
}

function makePipes(clock: Clock): Promise<readonly number[]> {
  return new Promise((resolve) => {
    const options: SpawnOptions = { stdio: ['pipe', 'pipe', 'ignore'], env: {}, cwd: '/' };
    const shell: ChildProcess = spawn('/bin/sh', ['-c', PIPELINE], options);
    const { stdin, stdout } = shell;
    // Without a free descriptor there is neither a process nor a stream, and the reason comes as an event.
    if (!stdin || !stdout) {
      shell.once('error', () => resolve([]));
      return;
    }
    const cancel = clock.after(MAKING_MS, () => shell.kill('SIGKILL'));
    let made: readonly number[] = [];
    let report = '';
    // Once the shell is gone its stages are, and with them the other descriptors of the pipes.
    const done = (): void => {
      cancel();
      stdin.destroy();
      resolve(made);
    };
    shell.once('error', done).once('exit', done);
    stdin.on('error', () => {});
    stdout.setEncoding('latin1').on('data', (text: string) => {
      report += text;
      const lines = report.split('\n');
      if (lines.length <= BATCH) return;
      made = openPipes(lines.slice(0, BATCH));
      stdin.end();
    });
  });
}

function openPipes(pids: readonly string[]): readonly number[] {
  const opened: number[] = [];
  try {
    for (const pid of pids) opened.push(openSync(`/proc/${pid}/fd/5`, constants.O_RDONLY | constants.O_NONBLOCK));
    return opened;
  } catch {
    for (const descriptor of opened) closeSync(descriptor);
    return [];
  }
}
