import { readdirSync, readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { type Clock, systemClock } from '../platform/clock.ts';

/** A process that carries a gateway's marker. */
export interface MarkedProcess {
  readonly pid: number;
  readonly attempt: string | null;
  /** Clock ticks from boot to its start: with the pid, its identity until the next boot. */
  readonly startTime: string;
}

/** Environments read at a time. */
const READS = 16;
/** How often a sweep looks whether what it signalled is gone. */
const LOOK_EVERY_MS = 10;
/** How long a sweep waits for killed processes to be gone; one that sleeps in the kernel is left to the next sweep. */
const GONE_MS = 1_000;
/** A doomed process may fork while it is looked for. */
const MAX_ROUNDS = 10;

/** Every process, but this one and those it descends from, whose environment carries the gateway's marker; none where /proc is missing. */
export function findMarked({ gateway }: { gateway: string }): Promise<readonly MarkedProcess[]> {
  return markedAmong(listPids(), gateway);
}

/**
 * Ends the gateway's processes that belong to none of the attempts in `keep`: TERM, `graceMs`, KILL; KILL at once when
 * `graceMs` is 0. What they fork meanwhile goes with them. Attempts that start after the call are safe. Resolves to how
 * many processes it signalled.
 */
export async function killMarked(options: {
  readonly gateway: string;
  readonly keep: ReadonlySet<string>;
  readonly graceMs: number;
  readonly clock?: Clock;
}): Promise<number> {
  const { gateway, keep, graceMs, clock = systemClock } = options;
  // Taken before anything is awaited: a process of an attempt that starts from now on is not among them.
  const pids = listPids();
  const strays = (await markedAmong(pids, gateway)).filter(({ attempt }) => attempt === null || !keep.has(attempt));
  if (strays.length === 0) return 0;
  const doomed = new Set(strays.map(({ attempt }) => attempt));
  const known = new Set(strays.map(({ pid }) => pid));
  const remaining = async (): Promise<readonly MarkedProcess[]> =>
    (await findMarked({ gateway })).filter(
      ({ pid, attempt }) => known.has(pid) || (attempt !== null && doomed.has(attempt)),
    );
  return end({ gateway, first: strays, remaining, graceMs, clock });
}

/** Kills what is left of one attempt, wherever it went; resolves to how many processes it signalled. */
export async function killAttempt(options: {
  readonly gateway: string;
  readonly attempt: string;
  readonly clock: Clock;
}): Promise<number> {
  const { gateway, attempt, clock } = options;
  const remaining = async (): Promise<readonly MarkedProcess[]> =>
    (await findMarked({ gateway })).filter((process) => process.attempt === attempt);
  return end({ gateway, first: await remaining(), remaining, graceMs: 0, clock });
}

interface Ending {
  readonly gateway: string;
  readonly first: readonly MarkedProcess[];
  /** What is left of them, and what they have forked. */
  readonly remaining: () => Promise<readonly MarkedProcess[]>;
  readonly graceMs: number;
  readonly clock: Clock;
}

async function end({ gateway, first, remaining, graceMs, clock }: Ending): Promise<number> {
  const signalled = new Set<string>();
  let left = first;
  const signalAll = (signal: NodeJS.Signals): void => {
    for (const process of left) if (signalMarked(process, gateway, signal)) signalled.add(identity(process));
  };
  if (graceMs > 0 && left.length > 0) {
    signalAll('SIGTERM');
    left = await untilGone({ remaining, clock, ms: graceMs });
  }
  for (let round = 0; round < MAX_ROUNDS && left.length > 0; round += 1) {
    signalAll('SIGKILL');
    left = await untilGone({ remaining, clock, ms: GONE_MS / MAX_ROUNDS });
  }
  return signalled.size;
}

async function untilGone(options: {
  readonly remaining: Ending['remaining'];
  readonly clock: Clock;
  readonly ms: number;
}): Promise<readonly MarkedProcess[]> {
  const { remaining, clock, ms } = options;
  const deadline = clock.monotonic() + ms;
  for (;;) {
    const left = await remaining();
    if (left.length === 0 || clock.monotonic() >= deadline) return left;
    await new Promise<void>((resolve) => clock.after(LOOK_EVERY_MS, resolve));
  }
}

function identity({ pid, startTime }: MarkedProcess): string {
  return `${pid} ${startTime}`;
}

/** Signals a process if it still is the one that was found: same marker, same start. Tells whether it was. */
function signalMarked(found: MarkedProcess, gateway: string, signal: NodeJS.Signals): boolean {
  const now = readMarkedNow(found.pid, gateway);
  if (now === null || identity(now) !== identity(found) || now.attempt !== found.attempt) return false;
  try {
    process.kill(found.pid, signal);
    return true;
  } catch {
    return false;
  }
}

function listPids(): readonly number[] {
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

/** This process and those above it. */
function ownLine(): ReadonlySet<number> {
  const line = new Set<number>();
  try {
    for (let pid = process.pid; pid > 0 && !line.has(pid); ) {
      line.add(pid);
      pid = parentOf(readFileSync(`/proc/${pid}/stat`, 'utf8'));
    }
  } catch {
    // The rest of the line cannot be read.
  }
  return line;
}

async function markedAmong(pids: readonly number[], gateway: string): Promise<readonly MarkedProcess[]> {
  const found: (MarkedProcess | null)[] = [];
  for (let index = 0; index < pids.length; index += READS) {
    found.push(...(await Promise.all(pids.slice(index, index + READS).map((pid) => readMarked(pid, gateway)))));
  }
  return found.filter((process) => process !== null);
}

/** The process with that id if it carries the marker. Other users' processes and kernel threads cannot be read, or are empty. */
async function readMarked(pid: number, gateway: string): Promise<MarkedProcess | null> {
  try {
    const environment = await readFile(`/proc/${pid}/environ`, 'utf8');
    if (!environment.includes(gateway)) return null;
    return markedOf({ pid, gateway, environment, stat: await readFile(`/proc/${pid}/stat`, 'utf8') });
  } catch {
    return null;
  }
}

/** The same without letting go of the event loop, for the moment before a signal. */
function readMarkedNow(pid: number, gateway: string): MarkedProcess | null {
  try {
    const environment = readFileSync(`/proc/${pid}/environ`, 'utf8');
    return markedOf({ pid, gateway, environment, stat: readFileSync(`/proc/${pid}/stat`, 'utf8') });
  } catch {
    return null;
  }
}

function markedOf(read: { pid: number; gateway: string; environment: string; stat: string }): MarkedProcess | null {
  const entries = read.environment.split('\0');
  if (!entries.includes(`DUCTILE_GATEWAY=${read.gateway}`)) return null;
  const attempt = entries.find((entry) => entry.startsWith('DUCTILE_ATTEMPT='));
  return {
    pid: read.pid,
    attempt: attempt?.slice('DUCTILE_ATTEMPT='.length) ?? null,
    startTime: startTimeOf(read.stat),
  };
}

function startTimeOf(stat: string): string {
  return statField(stat, 22);
}

function parentOf(stat: string): number {
  return Number(statField(stat, 4));
}

/** A field of proc_pid_stat(5) by its number there, from 3 on; the name, field 2, may hold spaces and parentheses. */
function statField(stat: string, number: number): string {
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[number - 3] ?? '';
}
