import { readFileSync, readlinkSync } from 'node:fs';
import { readFile } from 'node:fs/promises';

/** A process, told apart from a later one with its number. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Clock ticks from boot to its start. */
  readonly startTime: string;
}

/** What /proc tells of a process that everybody may read. */
export interface ProcessStatus extends ProcessIdentity {
  readonly parent: number;
  readonly group: number;
  readonly session: number;
  /** It has ended, and only its number is still taken. */
  readonly zombie: boolean;
}

/** The status of a process; null when there is none, and where /proc is missing: what cannot be told apart is not signalled. */
export function statusOf(pid: number): ProcessStatus | null {
  try {
    return statusIn(pid, readFileSync(statFile(pid), 'latin1'));
  } catch {
    return null;
  }
}

/** The same without holding up the event loop. */
export async function readStatus(pid: number): Promise<ProcessStatus | null> {
  try {
    return statusIn(pid, await readFile(statFile(pid), 'latin1'));
  } catch {
    return null;
  }
}

/** Whether a process is still the one that it was. */
export function isStill({ pid, startTime }: ProcessIdentity): boolean {
  return statusOf(pid)?.startTime === startTime;
}

/** A process's identity as text. */
export function identityText({ pid, startTime }: ProcessIdentity): string {
  return `${pid} ${startTime}`;
}

/**
 * Where numbers and start times of processes mean something: this boot, and this namespace of numbers. Null where the
 * system does not say.
 */
export function thisBoot(): string | null {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim();
    return `${boot} ${readlinkSync('/proc/self/ns/pid')}`;
  } catch {
    return null;
  }
}

function statFile(pid: number): string {
  return `/proc/${pid}/stat`;
}

/** Fields of proc_pid_stat(5) by their number there, from 3 on; the name, field 2, may hold spaces and parentheses. */
function statusIn(pid: number, stat: string): ProcessStatus {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const field = (number: number): string => fields[number - 3] ?? '';
  return {
    pid,
    startTime: field(22),
    parent: Number(field(4)),
    group: Number(field(5)),
    session: Number(field(6)),
    zombie: field(3) === 'Z',
  };
}
