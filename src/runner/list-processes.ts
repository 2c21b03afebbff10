import { readdirSync } from 'node:fs';
import { type ProcessStatus, readStatus, statusOf } from './process-identity.ts';

/** Files of /proc read at a time. */
const READS = 16;

/** Numbers of every process but this one and those it descends from; none where /proc is missing. */
export function listPids(): readonly number[] {
  // Whoever starts a gateway from a job's own shell passes the marker on: the shell is no stray.
  const ourselves = ownLine();
  try {
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .map(Number)
      .filter((pid) => !ourselves.has(pid));
  } catch {
    return [];
  }
}

/** What `read` tells of each of some processes, without those of which it tells nothing. */
export async function readEach<T>(pids: readonly number[], read: (pid: number) => Promise<T | null>): Promise<T[]> {
  const found: (T | null)[] = [];
  for (let index = 0; index < pids.length; index += READS) {
    found.push(...(await Promise.all(pids.slice(index, index + READS).map(read))));
  }
  return found.filter((item) => item !== null);
}

/** The status of every process but this one and those it descends from. */
export function listStatuses(): Promise<readonly ProcessStatus[]> {
  return readEach(listPids(), readStatus);
}

/** This process and those above it. */
export function ownLine(): ReadonlySet<number> {
  const line = new Set<number>();
  for (let pid = process.pid; pid > 0 && !line.has(pid); pid = statusOf(pid)?.parent ?? 0) line.add(pid);
  return line;
}
