import type { JobLogs, LogPart } from '../../engine/operations.ts';
import { instant } from './instant-view.ts';

/** What the attempts of a job said, oldest first; of one in progress there is no outcome yet. */
export function logsView({ job, attempts, saying, next }: JobLogs) {
  const running =
    saying === null
      ? []
      : [
          {
            attempt: saying.attempt,
            outcome: null,
            started_at: instant(job.startedAt),
            ended_at: null,
            stderr: saying.stderr,
            stderr_bytes: saying.bytes,
            stderr_file: null,
            logs: [],
            logs_dropped: 0,
          },
        ];
  const ended = attempts.map((attempt) => ({
    attempt: attempt.attempt,
    outcome: attempt.outcome,
    started_at: instant(attempt.startedAt),
    ended_at: instant(attempt.endedAt),
    stderr: attempt.stderr,
    stderr_bytes: attempt.stderrBytes,
    stderr_file: attempt.stderrFile,
    logs: attempt.logs,
    logs_dropped: attempt.logsDropped,
  }));
  return {
    job_id: job.id,
    status: job.status,
    attempts: [...ended, ...running],
    next_cursor: next === null ? null : String(next),
  };
}

/** The data of one piece of what a job says; its kind is the name of the event. */
export function logPartView(part: LogPart) {
  switch (part.kind) {
    case 'attempt':
      return { attempt: part.attempt, started_at: instant(part.startedAt) };
    case 'stderr':
      return { attempt: part.attempt, text: part.text };
    case 'log':
      return { attempt: part.attempt, level: part.level, message: part.message, fields: part.fields };
    case 'attempt_ended':
      return {
        attempt: part.attempt,
        outcome: part.outcome,
        ended_at: instant(part.endedAt),
        duration_ms: part.durationMs,
        error: part.error,
        retry_at: instant(part.retryAt),
        logs_dropped: part.logsDropped,
      };
    case 'end':
      return { status: part.status };
    default:
      return part satisfies never;
  }
}
