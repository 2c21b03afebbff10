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
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => pid !== process.pid && read(`/proc/${pid}/${file}`).includes(text));
}

/** The text of a file; empty when it cannot be read, as with other users' processes and those that are gone. */
function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
