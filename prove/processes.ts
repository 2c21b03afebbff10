import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Processes whose environment carries the marker of the gateway with that state directory. */
export function markedProcesses(stateDir: string): readonly number[] {
  const id = read(join(stateDir, 'gateway-id')).trim();
  return id === '' ? [] : processesWith('environ', `DUCTILE_GATEWAY=${id}`);
}

/** Processes with a text in their command line, but for this one. */
export function processesNamed(text: string): readonly number[] {
  return processesWith('cmdline', text);
}

/** Command lines of all processes but this one, by their ids. */
export function commandLines(): ReadonlyMap<number, string> {
  return new Map(pids().map((pid) => [pid, read(`/proc/${pid}/cmdline`)]));
}

/** When a process started, as /proc has it, which tells it from another one with its id; null: it is gone, or has ended. */
export function startOf(pid: number): string | null {
  const stat = read(`/proc/${pid}/stat`);
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields[0] === 'Z' ? null : (fields[19] ?? null);
}

/** Resident memory of a process in MiB; 0 when it is gone. */
export function residentMiB(pid: number): number {
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(read(`/proc/${pid}/status`))?.[1] ?? 0) / 1_024;
}

/** Kills what is left; none of them may be there afterwards. */
export function killAll(pids: readonly number[]): void {
  for (const pid of pids) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It ended by itself.
    }
  }
}

function processesWith(file: 'environ' | 'cmdline', text: string): readonly number[] {
  return pids().filter((pid) => read(`/proc/${pid}/${file}`).includes(text));
}

function pids(): readonly number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => pid !== process.pid);
}

/** The text of a file; empty when it cannot be read, as with other users' processes and those that are gone. */
function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
