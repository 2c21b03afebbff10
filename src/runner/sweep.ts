import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { type Clock, systemClock } from '../platform/clock.ts';
import { type Doomed, endProcesses } from './end-processes.ts';
import { listPids, readEach } from './list-processes.ts';
import { identityText, type ProcessIdentity, readStatus, statusOf } from './process-identity.ts';
import { recordedGroups } from './recorded-groups.ts';

/** A process that carries a gateway's marker. */
export interface MarkedProcess extends ProcessIdentity {
  readonly attempt: string | null;
}

/** Every process, but this one and those it descends from, whose environment carries the gateway's marker; none where /proc is missing. */
export function findMarked({ gateway }: { gateway: string }): Promise<readonly MarkedProcess[]> {
  return markedAmong(listPids(), gateway);
}

/**
 * Ends the gateway's processes that belong to none of the attempts in `keep`, and the sessions of `recorded` leaders,
 * which need not carry the marker: TERM, `graceMs`, KILL; KILL at once when `graceMs` is 0. What they fork meanwhile
 * goes with them. Attempts that start after the call are safe. Resolves to how many processes it signalled.
 */
export async function killMarked(options: {
  readonly gateway: string;
  readonly keep: ReadonlySet<string>;
  readonly recorded?: readonly ProcessIdentity[];
  readonly graceMs: number;
  readonly clock?: Clock;
}): Promise<number> {
  const { gateway, keep, recorded = [], graceMs, clock = systemClock } = options;
  // Taken before anything is awaited: a process of an attempt that starts from now on is not among them.
  const pids = listPids();
  const findRecorded = recordedGroups(recorded);
  const strays = (await markedAmong(pids, gateway)).filter(({ attempt }) => attempt === null || !keep.has(attempt));
  const first = merge(doom(strays, gateway), await findRecorded());
  if (first.length === 0) return 0;
  const doomed = new Set(strays.map(({ attempt }) => attempt));
  const known = new Set(strays.map(identityText));
  const remaining = async (): Promise<readonly Doomed[]> => {
    const marked = (await findMarked({ gateway })).filter(
      (found) => known.has(identityText(found)) || (found.attempt !== null && doomed.has(found.attempt)),
    );
    return merge(doom(marked, gateway), await findRecorded());
  };
  return endProcesses({ first, remaining, graceMs, clock });
}

/** Kills what is left of one attempt, wherever it went; resolves to how many processes it signalled. */
export async function killAttempt(options: {
  readonly gateway: string;
  readonly attempt: string;
  readonly clock: Clock;
}): Promise<number> {
  const { gateway, attempt, clock } = options;
  const remaining = async (): Promise<readonly Doomed[]> =>
    doom(
      (await findMarked({ gateway })).filter((found) => found.attempt === attempt),
      gateway,
    );
  return endProcesses({ first: await remaining(), remaining, graceMs: 0, clock });
}

function doom(found: readonly MarkedProcess[], gateway: string): readonly Doomed[] {
  return found.map((process) => ({ ...process, stillIs: () => isStillMarked(process, gateway) }));
}

/** Both without repetition; what carries the marker is known by it. */
function merge(marked: readonly Doomed[], recorded: readonly Doomed[]): readonly Doomed[] {
  const known = new Set(marked.map(identityText));
  return [...marked, ...recorded.filter((process) => !known.has(identityText(process)))];
}

function markedAmong(pids: readonly number[], gateway: string): Promise<readonly MarkedProcess[]> {
  return readEach(pids, (pid) => readMarked(pid, gateway));
}

/** The process with that id if it carries the marker. Other users' processes and kernel threads cannot be read, or are empty. */
async function readMarked(pid: number, gateway: string): Promise<MarkedProcess | null> {
  try {
    const marker = markerIn(await readFile(environmentFile(pid), 'utf8'), gateway);
    const status = marker === null ? null : await readStatus(pid);
    return marker === null || status === null ? null : { pid, startTime: status.startTime, ...marker };
  } catch {
    return null;
  }
}

/** Whether it has the same marker and start still; without letting go of the event loop, for the moment before a signal. */
function isStillMarked(found: MarkedProcess, gateway: string): boolean {
  try {
    const marker = markerIn(readFileSync(environmentFile(found.pid), 'utf8'), gateway);
    return marker?.attempt === found.attempt && statusOf(found.pid)?.startTime === found.startTime;
  } catch {
    return false;
  }
}

function environmentFile(pid: number): string {
  return `/proc/${pid}/environ`;
}

function markerIn(environment: string, gateway: string): Pick<MarkedProcess, 'attempt'> | null {
  if (!environment.includes(gateway)) return null;
  const entries = environment.split('\0');
  if (!entries.includes(`DUCTILE_GATEWAY=${gateway}`)) return null;
  const attempt = entries.find((entry) => entry.startsWith('DUCTILE_ATTEMPT='));
  return { attempt: attempt?.slice('DUCTILE_ATTEMPT='.length) ?? null };
}
