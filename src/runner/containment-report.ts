import { closeSync, constants as files, openSync, readSync } from 'node:fs';
import { constants } from 'node:os';
import type { Clock } from '../platform/clock.ts';
import { INIT_NAME } from './namespace-init.ts';
import { takePipes } from './pipe-pool.ts';
import type { ProcessResult } from './run-process.ts';
import { explainSpawnError, type SpawnAttempt } from './spawn-error.ts';

/** More than an init ever says. */
const REPORT_BYTES = 8_192;

/** A pipe on which an init tells how its program ended. */
export interface ReportPipe {
  /** The child's end. */
  readonly writeEnd: number;
  /** What has been said, once the child is gone; closes both ends. */
  take(): string;
}

/** Opens a pipe for one report; null where the system makes none. */
export async function openReport(clock: Clock): Promise<ReportPipe | null> {
  const [readEnd] = (await takePipes(1, clock)) ?? [];
  if (readEnd === undefined) return null;
  try {
    const writeEnd = openSync(`/proc/self/fd/${readEnd}`, files.O_WRONLY);
    return { writeEnd, take: () => takeReport(readEnd, writeEnd) };
  } catch {
    closeSync(readEnd);
    return null;
  }
}

function takeReport(readEnd: number, writeEnd: number): string {
  const bytes = Buffer.alloc(REPORT_BYTES);
  try {
    // Non-blocking: when nothing was said, it says so.
    return bytes.subarray(0, readSync(readEnd, bytes, 0, REPORT_BYTES, null)).toString('latin1');
  } catch {
    return '';
  } finally {
    closeSync(writeEnd);
    closeSync(readEnd);
  }
}

/** How a program ended, as its init reported it. */
export type Reported =
  | { readonly kind: 'exited'; readonly exitCode: number }
  | { readonly kind: 'signalled'; readonly signal: NodeJS.Signals }
  /** The init was ended before its program. */
  | { readonly kind: 'cut_short' }
  /** The init never got to start the program. */
  | { readonly kind: 'not_started' };

const SIGNALS = new Map(Object.entries(constants.signals).map(([name, number]) => [number, name as NodeJS.Signals]));

/** Reads a report. */
export function readReport(report: string): Reported {
  if (!/^started$/m.test(report)) return { kind: 'not_started' };
  const status = /^status (\d+)$/m.exec(report)?.[1];
  if (status === undefined) return { kind: 'cut_short' };
  const exitCode = Number(status);
  const signal = SIGNALS.get(exitCode - 128);
  const exited = /^\[1\]\S*\s+(Done|Exit \d+)\b/m.test(report);
  return signal === undefined || exited ? { kind: 'exited', exitCode } : { kind: 'signalled', signal };
}

/** The result of a wrapped process as that of its program: what the init reported, and the wrapper's failures as such. */
export function unwrapped(
  result: ProcessResult,
  of: { readonly report: string | null; readonly attempted: SpawnAttempt },
): ProcessResult {
  if (!result.started) return result;
  const inner = of.report === null ? result : withReport(result, readReport(of.report));
  if (inner.ended !== 'itself' || inner.spawnError !== null) return inner;
  const spawnError = wrapperFailure(inner, of.attempted);
  return spawnError === null ? inner : { ...inner, spawnError };
}

function withReport(result: ProcessResult, reported: Reported): ProcessResult {
  switch (reported.kind) {
    case 'exited':
      return { ...result, exitCode: reported.exitCode, signal: null };
    case 'signalled':
      return { ...result, exitCode: null, signal: reported.signal };
    case 'cut_short':
      return { ...result, exitCode: null, signal: 'SIGKILL' };
    case 'not_started':
      if (result.ended !== 'itself') return result;
      return {
        ...result,
        spawnError: `the containment could not be set up: ${lastLine(result) ?? howItEnded(result)}`,
      };
    default:
      return reported satisfies never;
  }
}

function howItEnded({ exitCode, signal }: ProcessResult): string {
  return signal === null ? `it ended with exit code ${exitCode}` : `it was ended by ${signal}`;
}

/** Messages of the C library for what `exec` refuses, in the language that tools use unless told otherwise. */
const REASONS: Readonly<Record<string, string>> = {
  'No such file or directory': 'ENOENT',
  'required file not found': 'ENOENT',
  'Permission denied': 'EACCES',
  'Exec format error': 'ENOEXEC',
  'Too many levels of symbolic links': 'ELOOP',
  'Argument list too long': 'E2BIG',
  'Text file busy': 'ETXTBSY',
  'Resource temporarily unavailable': 'EAGAIN',
  'Cannot allocate memory': 'ENOMEM',
};

/**
 * Why the last wrapper could not start the program; null: it did. Wrappers answer with 126 or 127 and one line that
 * begins with their own name and holds that of the program; a program's own 126 or 127 comes without.
 */
function wrapperFailure(result: ProcessResult, attempted: SpawnAttempt): string | null {
  const { exitCode, stdout, stderr } = result;
  if (exitCode === null || exitCode === 0 || stdout.length > 0) return null;
  const line = lastLine(result);
  const tool = /^(setpriv|prlimit|ductile-init): /.exec(line ?? '')?.[1];
  if (line === null || tool === undefined) return null;
  const unrunnable = exitCode === 126 || exitCode === 127;
  // Nothing but its one line: a program that uses the same tools says more, or ends otherwise.
  if (tool !== INIT_NAME && stderr.trimEnd() !== line) return null;
  if (!unrunnable) return tool === 'prlimit' && exitCode === 1 ? `a limit could not be set: ${line}` : null;
  if (!line.includes(attempted.program) && !line.includes('prlimit')) {
    return tool === 'setpriv' && / failed: /.test(line) ? `the process could not be prepared: ${line}` : null;
  }
  const code = Object.entries(REASONS).find(([text]) => line.endsWith(text))?.[1];
  return code === undefined || !line.includes(attempted.program) ? line : explainSpawnError(code, attempted);
}

function lastLine({ stderr }: Pick<ProcessResult, 'stderr'>): string | null {
  return stderr.trimEnd().split('\n').at(-1) || null;
}

/** Whether a program could not be started only because somebody still had it open for writing. */
export function wasBusy({ spawnError }: ProcessResult, { program }: SpawnAttempt): boolean {
  return spawnError !== null && spawnError === explainSpawnError('ETXTBSY', { program, cwd: '', path: undefined });
}
