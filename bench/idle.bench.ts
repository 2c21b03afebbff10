import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';

// What a gateway with nothing to do costs in a minute: processor time, writes below the state directory, store calls.
// Linux only: the figures come from /proc.

const IDLE_MS = 60_000;
const MAX_CPU_PERCENT = 0.5;
const TICKS_PER_SECOND = 100;

const CONFIG = `
service: { state_dir: ./state }
api: { listen: "127.0.0.1:0" }
plugins:
  later: { uses: exec, config: { argv: ["true"] }, schedules: { every: 7d } }
`;

interface Reading {
  /** Path, size and modification time of every file below the state directory. */
  readonly files: string;
  readonly cpuTicks: number;
  /** Bytes handed to write calls, whatever became of them. */
  readonly written: number;
}

function read(pid: number, stateDir: string): Reading {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const io = readFileSync(`/proc/${pid}/io`, 'latin1');
  const files = readdirSync(stateDir, { recursive: true, encoding: 'utf8' }).map((name) => {
    const { size, mtimeMs } = statSync(join(stateDir, name));
    return `${name} ${size} ${mtimeMs}`;
  });
  return {
    files: files.toSorted().join('\n'),
    cpuTicks: Number(fields[11]) + Number(fields[12]),
    written: Number(/wchar: (\d+)/.exec(io)?.[1]),
  };
}

function storeCalls(socketPath: string): Promise<number> {
  return new Promise((settle, reject) => {
    request({ socketPath, path: '/api/v1/status' }, (response) => {
      let text = '';
      response.on('data', (chunk: Buffer) => {
        text += chunk.toString();
      });
      response.on('end', () => settle(JSON.parse(text).store.calls));
    })
      .on('error', reject)
      .end();
  });
}

const dir = mkdtempSync(join(tmpdir(), 'ductile-idle-'));
const stateDir = join(dir, 'state');
writeFileSync(join(dir, 'ductile.yaml'), CONFIG);
const main = resolve(import.meta.dirname, '../src/main.ts');
const child = spawn(process.execPath, [main, 'start', '--config', join(dir, 'ductile.yaml')]);
try {
  const { pid } = child;
  if (pid === undefined) throw new Error('the gateway was not started');
  for await (const line of createInterface({ input: child.stdout })) if (line.includes('gateway is ready')) break;
  child.stdout.resume();
  const socket = join(stateDir, 'ductile.sock');
  // A status asks the store itself; two of them tell how often, so that it can be taken off.
  const before = await storeCalls(socket);
  const own = (await storeCalls(socket)) - before;
  const start = read(pid, stateDir);
  await new Promise((wake) => {
    setTimeout(wake, IDLE_MS);
  });
  const end = read(pid, stateDir);
  const calls = (await storeCalls(socket)) - before - 2 * own;
  const cpu = ((end.cpuTicks - start.cpuTicks) / TICKS_PER_SECOND / (IDLE_MS / 1_000)) * 100;
  const rss = Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1]) / 1_024;
  const written = end.written - start.written;
  const untouched = start.files === end.files;
  console.log(`idle for ${IDLE_MS / 1_000} s`);
  console.log(`  processor            ${cpu.toFixed(2)} % (at most ${MAX_CPU_PERCENT})`);
  console.log(`  files below state    ${untouched ? 'untouched' : 'CHANGED'}`);
  console.log(`  bytes written        ${written}`);
  console.log(`  store calls          ${calls}`);
  console.log(`  resident memory      ${rss.toFixed(0)} MiB`);
  const passed = cpu <= MAX_CPU_PERCENT && untouched && calls === 0;
  console.log(`${passed ? 'PASS' : 'FAIL'} idle`);
  process.exitCode = passed ? 0 : 1;
} finally {
  child.kill('SIGTERM');
  await once(child, 'exit');
  rmSync(dir, { recursive: true, force: true });
}
