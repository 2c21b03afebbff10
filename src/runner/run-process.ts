import type { ChildProcess } from 'node:child_process';
import type { Readable } from 'node:stream';
import type { RedactedStream } from '../domain/redact.ts';
import type { Clock } from '../platform/clock.ts';
import { reach } from '../platform/fault-point.ts';
import { KeptBytes } from './kept-bytes.ts';
import type { LiveText } from './live-text.ts';
import { killLeftGroup, signalGroup } from './process-group.ts';
import { type ProcessIdentity, statusOf } from './process-identity.ts';
import { spawnChild } from './spawn-child.ts';
import { StderrLog } from './stderr-log.ts';
import type { Streams } from './stdio.ts';

/** One process to run, and the bounds it runs in. Spans are milliseconds. */
export interface ProcessRequest {
  /** The program first, absolute. */
  readonly argv: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  /** Written, then closed; null: the process reads /dev/null. */
  readonly stdin: Uint8Array | null;
  readonly timeoutMs: number;
  /** Between TERM and KILL. */
  readonly graceMs: number;
  /** How long the pipes may stay open after the process has ended. */
  readonly drainMs: number;
  /** One byte more on stdout, and the process is killed. */
  readonly stdoutBytes: number;
  /** What is kept of stdout: all of it, or so many bytes of its tail. */
  readonly stdoutKeep: 'all' | number;
  /** Head and tail. */
  readonly stderrKeepBytes: number;
  /** One byte more on stderr, and the process is killed. */
  readonly stderrMaxBytes: number;
  /** Where the fuller stderr goes when there is more than is kept; null: nowhere. */
  readonly stderrFile: string | null;
  readonly stderrMask: RedactedStream;
  /** Is given what the process says while it runs, masked. */
  readonly onStderr?: (text: LiveText) => void;
  /** Ends the process; the reason is `cancelled` or `interrupted`. */
  readonly signal: AbortSignal;
  /** Becomes descriptor 3 of the process; for the init of a containment. */
  readonly reportTo?: number;
  /** Hears of the process as soon as it exists, where the system tells processes apart; what it returns is called when the process has ended. */
  readonly onSpawn?: (leader: ProcessIdentity) => () => void;
}

/** Who ended a process: itself, or the gateway for the first of its reasons. */
export type Ended = 'itself' | 'timed_out' | 'cancelled' | 'interrupted' | 'stdout_limit' | 'stderr_limit';

/** How a process ended and what it left behind. */
export interface ProcessResult {
  readonly started: boolean;
  readonly spawnError: string | null;
  readonly pid: number | null;
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly ended: Ended;
  readonly stdout: Uint8Array;
  readonly stdoutTruncated: boolean;
  /** Masked. */
  readonly stderr: string;
  readonly stderrBytes: number;
  readonly stderrFileUsed: boolean;
  readonly startedAt: number;
  readonly endedAt: number;
}

/**
 * Runs one process in a session and group of its own, and tells how it ended; never rejects. It is over when the process
 * has ended and its pipes have drained or `drainMs` have passed; by then its group is gone too. What left the group is
 * for the sweep.
 */
export async function runProcess(request: ProcessRequest, clock: Clock): Promise<ProcessResult> {
  const startedAt = clock.now();
  const { signal } = request;
  const notStarted = { ...NOT_STARTED, startedAt };
  if (signal.aborted) return { ...notStarted, ended: reasonOf(signal), endedAt: clock.now() };
  const spawned = await spawnChild({ ...request, stdin: request.stdin !== null }, clock);
  if (!spawned.ok) return { ...notStarted, spawnError: spawned.message, endedAt: clock.now() };
  return supervise({ ...spawned, request, clock, startedAt });
}

/** What a process that never started leaves behind. */
export const NOT_STARTED = {
  started: false,
  spawnError: null,
  pid: null,
  exitCode: null,
  signal: null,
  ended: 'itself',
  stdout: new Uint8Array(0),
  stdoutTruncated: false,
  stderr: '',
  stderrBytes: 0,
  stderrFileUsed: false,
} as const;

function reasonOf(signal: AbortSignal): 'cancelled' | 'interrupted' {
  return signal.reason === 'cancelled' ? 'cancelled' : 'interrupted';
}

interface Supervised {
  readonly child: ChildProcess;
  readonly pid: number;
  readonly streams: Streams;
  readonly request: ProcessRequest;
  readonly clock: Clock;
  readonly startedAt: number;
}

function supervise({ child, pid, streams, request, clock, startedAt }: Supervised): Promise<ProcessResult> {
  const { stdin, stdout, stderr } = streams;
  const { signal, timeoutMs, stdoutBytes } = request;
  const deadline = clock.monotonic() + timeoutMs;
  const printed = new KeptBytes(request.stdoutKeep === 'all' ? stdoutBytes : request.stdoutKeep);
  const said = new StderrLog({ keep: request.stderrKeepBytes, path: request.stderrFile, mask: request.stderrMask });
  request.onStderr?.(said);
  const startTime = statusOf(pid)?.startTime;
  const leader = startTime === undefined ? { pid } : { pid, startTime };
  const forget = startTime === undefined ? null : request.onSpawn?.({ pid, startTime });
  let ended: Ended | null = null;
  let exited = false;

  /** Asks the group to end, and makes it end when the grace has passed. The first reason counts. */
  function terminate(reason: Ended): void {
    if (exited || ended !== null) return;
    ended = reason;
    signalGroup(leader, 'SIGTERM');
    // What was stopped takes its TERM only when it goes on.
    signalGroup(leader, 'SIGCONT');
    cancelTimer();
    cancelTimer = clock.after(request.graceMs, () => signalGroup(leader, 'SIGKILL'));
  }

  function kill(reason: Ended): void {
    ended ??= reason;
    if (!exited) signalGroup(leader, 'SIGKILL');
  }

  let cancelTimer = clock.after(timeoutMs, () => terminate('timed_out'));
  const onAbort = (): void => terminate(reasonOf(signal));
  signal.addEventListener('abort', onAbort, { once: true });
  // An abort during the spawn came before anybody listened.
  if (signal.aborted) onAbort();

  stdout.on('data', (chunk: Buffer) => {
    const room = stdoutBytes - printed.total;
    printed.push(chunk.subarray(0, room));
    if (chunk.length <= room) return;
    stdout.destroy();
    kill('stdout_limit');
  });
  stderr.on('data', (chunk: Buffer) => {
    const room = request.stderrMaxBytes - said.total;
    said.push(chunk.subarray(0, room));
    if (chunk.length <= room) return;
    stderr.destroy();
    kill('stderr_limit');
  });
  // A process may end, or close its stdin, without having read it: EPIPE and ECONNRESET are no failure of the attempt.
  for (const stream of [stdin, stdout, stderr]) stream?.on('error', () => {});
  child.on('error', () => {});

  const exit = new Promise<Pick<ProcessResult, 'exitCode' | 'signal'>>((resolve) => {
    child.once('exit', (exitCode, exitSignal) => {
      exited = true;
      cancelTimer();
      signal.removeEventListener('abort', onAbort);
      // A late answer is late even if the deadline's own timer has not been served yet.
      if (clock.monotonic() >= deadline) ended ??= 'timed_out';
      killLeftGroup(pid);
      forget?.();
      resolve({ exitCode, signal: exitSignal });
    });
  });

  stdin?.end(request.stdin);
  reach('attempt.spawned');

  return exit.then(async (how) => {
    await drained({ streams: [stdout, stderr], clock, ms: request.drainMs });
    for (const stream of [stdin, stdout, stderr]) stream?.destroy();
    const { text, fileUsed } = said.end();
    return {
      started: true,
      spawnError: null,
      pid,
      ...how,
      ended: ended ?? 'itself',
      stdout: printed.bytes(),
      stdoutTruncated: printed.truncated || ended === 'stdout_limit',
      stderr: text,
      stderrBytes: said.total,
      stderrFileUsed: fileUsed,
      startedAt,
      endedAt: clock.now(),
    };
  });
}

/** Resolves when every stream has closed, or when `ms` have passed and what the process had written by then is read. */
function drained({ streams, clock, ms }: { streams: readonly Readable[]; clock: Clock; ms: number }): Promise<void> {
  return new Promise((resolve) => {
    // After a stall of the event loop the timer is served before the pipes: one turn more, and they have been read.
    const cancel = clock.after(ms, () => setImmediate(resolve));
    const settle = (): void => {
      if (!streams.every((stream) => stream.closed)) return;
      cancel();
      resolve();
    };
    for (const stream of streams) stream.once('close', settle);
    settle();
  });
}
