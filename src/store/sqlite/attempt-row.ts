import type { AttemptOutcome } from '../../domain/job.ts';
import type { PluginLog } from '../../domain/response.ts';
import type { AttemptRecord } from '../../domain/settlement.ts';
import { decodeJson, errorOf } from './job-row.ts';

/** The columns of `attempts` that an `AttemptRow` has. */
export const ATTEMPT_COLUMNS = `attempt, outcome, error_code, error_message, started_at, ended_at, pid, exit_code, signal, retry_at,
  config_version, state_version, stderr_bytes, stderr_file, truncated, logs_dropped, warnings, logs, stderr, raw_output, response`;

/** A row of `attempts` as SQLite gives it. */
export interface AttemptRow {
  readonly attempt: number;
  readonly outcome: AttemptOutcome;
  readonly error_code: string | null;
  readonly error_message: string | null;
  readonly started_at: number;
  readonly ended_at: number;
  readonly pid: number | null;
  readonly exit_code: number | null;
  readonly signal: string | null;
  readonly retry_at: number | null;
  readonly config_version: string;
  readonly state_version: number;
  readonly stderr_bytes: number;
  readonly stderr_file: string | null;
  readonly truncated: 0 | 1;
  readonly logs_dropped: number;
  readonly warnings: string;
  readonly logs: string;
  readonly stderr: string;
  readonly raw_output: string | null;
  readonly response: string;
}

/** An attempt from its row. */
export function attemptOf(row: AttemptRow): AttemptRecord {
  return {
    attempt: row.attempt,
    outcome: row.outcome,
    error: errorOf(row.error_code, row.error_message),
    startedAt: row.started_at,
    endedAt: row.ended_at,
    pid: row.pid,
    exitCode: row.exit_code,
    signal: row.signal,
    retryAt: row.retry_at,
    configVersion: row.config_version,
    stateVersion: row.state_version,
    stderrBytes: row.stderr_bytes,
    stderrFile: row.stderr_file,
    truncated: row.truncated === 1,
    logsDropped: row.logs_dropped,
    // Both were lists when `finish` wrote them.
    warnings: decodeJson(row.warnings) as readonly string[],
    logs: decodeJson(row.logs) as unknown as readonly PluginLog[],
    stderr: row.stderr,
    rawOutput: row.raw_output,
    response: decodeJson(row.response),
  };
}
