import type { Limits } from '../domain/instance.ts';
import type { Outcome } from '../domain/outcome.ts';
import { formatSize } from '../domain/units.ts';
import type { ProcessResult } from './run-process.ts';

/** The outcome when what was printed does not matter: never started, or ended by the gateway or a signal; else null. */
export function endingOf(
  result: ProcessResult,
  { timeoutMs, stdoutBytes, limits }: { timeoutMs: number; stdoutBytes: number; limits: Limits },
): Outcome | null {
  if (result.spawnError !== null) return { kind: 'spawn_failed', message: result.spawnError };
  switch (result.ended) {
    case 'timed_out':
      return { kind: 'timed_out', timeoutMs };
    case 'cancelled':
      return { kind: 'cancelled' };
    case 'interrupted':
      return { kind: 'interrupted', started: result.started };
    case 'stdout_limit':
      return {
        kind: 'output_limit',
        message: `printed more than ${formatSize(stdoutBytes)} on stdout (limits.stdout)`,
      };
    case 'stderr_limit':
      return {
        kind: 'output_limit',
        message: `wrote more than 64 times the ${formatSize(limits.stderrBytes)} of stderr that are kept (limits.stderr)`,
      };
    case 'itself':
      return result.signal === null ? null : { kind: 'crashed', signal: result.signal };
    default:
      return result.ended satisfies never;
  }
}
