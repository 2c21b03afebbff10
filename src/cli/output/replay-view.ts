import type { AttemptEnd } from '../../domain/replay/attempt-end.ts';
import type { ReplayReport } from '../../gateway/replay.ts';

/** A replay as `--json` prints it. */
export function replayView({ job, recorded, replayed, comparison, missingSecrets, notes }: ReplayReport) {
  return {
    job_id: job.id,
    instance: job.instance,
    command: job.command,
    attempt: job.attempt,
    reproduced: comparison.reproduced,
    recorded: endView(recorded),
    replayed: endView(replayed),
    differences: comparison.differences,
    differences_count: comparison.count,
    missing_secrets: missingSecrets,
    notes,
  };
}

function endView(end: AttemptEnd) {
  return {
    outcome: end.outcome,
    error: end.error,
    exit_code: end.exitCode,
    signal: end.signal,
    duration_ms: end.durationMs,
    response: end.response,
    response_truncated: end.truncated,
    raw_output: end.rawOutput,
    stderr: end.stderr,
  };
}
