import type { JobError } from './job.ts';

/**
 * Codes that the core gives as the error of an attempt (`last_error.code`); plugins add their own.
 * `docs/reference/errors.md` is generated from it.
 */
export const ATTEMPT_ERRORS = {
  nonzero_exit: 'The process ended with a non-zero exit code and no well-formed response.',
  exit_contradiction: 'The response says `ok`, the exit code is not 0. Retried.',
  empty_output: 'Exit code 0 and nothing on standard output. Retried.',
  invalid_output: 'Standard output is not one well-formed response; the message says where. Retried.',
  protocol_mismatch: 'The response has no `protocol` or another than 1. Not retried.',
  invalid_event: 'An event of the response is invalid; the whole response is refused. Not retried.',
  invalid_state: 'The state updates are too large or not an object; the whole response is refused. Not retried.',
  timed_out: 'The attempt reached its deadline: TERM, then KILL. Retried.',
  crashed: 'The process ended by a signal that the gateway did not send. Retried.',
  output_limit: 'The process printed more than a limit allows and was killed. Not retried.',
  spawn_failed: 'The process could not be started. Retried.',
  orphaned: 'The gateway ended while the attempt was running. Runs again; does not count.',
  orphan_limit: 'The gateway ended eleven times while the job was running.',
  poison: 'The gateway ended three times in a row while the job was running, the last time with nothing beside it.',
  interrupted: 'The gateway shut down before the attempt had ended. Runs again; does not count.',
  cancelled: 'An operator cancelled the job.',
  outcome_unknown: 'A command that runs at most once may already have had its effect. Not retried.',
  invalid_input: "The payload does not satisfy the command's input schema. No process was started.",
  unknown_command: 'The plugin does not declare the command. No process was started.',
  instance_unhealthy: 'The `init` of the instance had not succeeded for `service.max_hold`. No process was started.',
  plugin_missing: 'The plugin or instance of the job is gone. No process was started.',
  plugin_untrusted: 'Somebody else could change what would be executed. No process was started.',
  unknown: 'The plugin reported an error without a code. Retried.',
} as const;

type AttemptErrorCode = keyof typeof ATTEMPT_ERRORS;

/** An error that the core gives; its code is in the catalogue. */
export function attemptError(code: AttemptErrorCode, message: string): JobError {
  return { code, message };
}
