import type { Evidence, KeptResponse, Outcome, Run } from '../domain/outcome.ts';
import type { ProcessResult } from './run-process.ts';

/** What a process left behind. `rawOutput` is bounded and masked; null when stdout held a well-formed response, or nothing. */
export function evidenceOf(result: ProcessResult, about: { stderrFile: string; rawOutput: string | null }): Evidence {
  return {
    startedAt: result.startedAt,
    endedAt: result.endedAt,
    pid: result.pid,
    exitCode: result.exitCode,
    signal: result.signal,
    stderr: result.stderr,
    stderrBytes: result.stderrBytes,
    stderrFile: result.stderrFileUsed ? about.stderrFile : null,
    rawOutput: about.rawOutput,
  };
}

/** The end of an attempt that never had a process. */
export function withoutProcess(outcome: Outcome, at: { startedAt: number; endedAt: number }): Run & KeptResponse {
  const evidence = {
    ...at,
    pid: null,
    exitCode: null,
    signal: null,
    stderr: '',
    stderrBytes: 0,
    stderrFile: null,
    rawOutput: null,
  };
  return { outcome, evidence, response: null, truncated: false };
}
