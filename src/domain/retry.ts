import { attemptError } from './attempt-errors.ts';
import type { RetryPolicy } from './instance.ts';
import type { AttemptOutcome, JobError } from './job.ts';
import type { Evidence, Outcome } from './outcome.ts';
import type { Response } from './response.ts';
import { formatDuration } from './units.ts';

/** Shortest and longest wait that a plugin may ask for with `retry_after_ms`. */
export const RETRY_AFTER_MIN_MS = 1_000;
export const RETRY_AFTER_MAX_MS = 86_400_000;

/** Error codes of a response that say: trying again would end the same way. */
const PERMANENT_CODES: ReadonlySet<string> = new Set([
  'auth_failed',
  'config_invalid',
  'invalid_input',
  'not_found',
  'unsupported',
]);

/** Exit codes of sysexits.h that say so: usage, data, input missing, no permission, configuration. */
const PERMANENT_EXITS: ReadonlySet<number> = new Set([64, 65, 66, 77, 78]);

/** What an attempt's end means for its job. */
export interface Verdict {
  readonly outcome: AttemptOutcome;
  /** Null only when it succeeded. */
  readonly error: JobError | null;
  readonly next:
    | { readonly kind: 'done' }
    | { readonly kind: 'never' }
    | { readonly kind: 'backoff' }
    | { readonly kind: 'after'; readonly ms: number }
    /** Due again at once; the attempt does not count toward `max_attempts`. */
    | { readonly kind: 'release' }
    | { readonly kind: 'cancelled' };
}

/** What a verdict must know of the command that ran. */
export interface CommandKind {
  readonly idempotent: boolean;
  /** `protocol`: it answers on stdout; `exit_code`: its exit code is all it says. */
  readonly speaks: 'protocol' | 'exit_code';
}

/** Exit code of sysexits.h by which a process itself says: try again. */
const EX_TEMPFAIL = 75;

/**
 * Judges how an attempt ended, in the order: never started or ended by the gateway, well-formed response,
 * no well-formed response. `idempotent: false` turns every end that may have reached the outside into `outcome_unknown`.
 */
export function judge(outcome: Outcome, evidence: Evidence, { idempotent, speaks }: CommandKind): Verdict {
  const verdict = judgeOutcome(outcome, evidence);
  const endsHere = verdict.next.kind === 'done' || verdict.next.kind === 'never' || verdict.next.kind === 'cancelled';
  if (idempotent || endsHere) return verdict;
  return isUncertain(outcome, evidence, speaks) ? outcomeUnknown(verdict) : verdict;
}

/** Wait before the next attempt: `min(cap, base·2^(attemptsUsed−1))` with equal jitter (uniform between half and the whole). */
export function backoffMs(policy: RetryPolicy, attemptsUsed: number, random: number): number {
  const whole = Math.min(policy.capMs, policy.baseMs * 2 ** (attemptsUsed - 1));
  return Math.round(whole / 2 + (whole / 2) * random);
}

function judgeOutcome(outcome: Outcome, evidence: Evidence): Verdict {
  switch (outcome.kind) {
    case 'answered':
      return judgeResponse(outcome.response, evidence);
    case 'exited':
      return judgeExit(evidence);
    case 'malformed':
      return {
        outcome: 'protocol_error',
        error: attemptError(outcome.code, outcome.message),
        next: { kind: outcome.code === 'empty_output' || outcome.code === 'invalid_output' ? 'backoff' : 'never' },
      };
    case 'timed_out':
      return failure('timed_out', `did not end within ${formatDuration(outcome.timeoutMs)} and was terminated`);
    case 'crashed':
      return failure('crashed', `ended by signal ${outcome.signal}`);
    case 'spawn_failed':
      return failure('spawn_failed', outcome.message);
    case 'output_limit':
      return {
        outcome: 'output_limit',
        error: attemptError('output_limit', outcome.message),
        next: { kind: 'never' },
      };
    case 'refused':
      return { outcome: 'failed', error: attemptError(outcome.code, outcome.message), next: { kind: 'never' } };
    case 'orphaned':
      return released('orphaned', 'the gateway ended while this attempt was running');
    case 'interrupted':
      return released('interrupted', 'the gateway shut down before this attempt had ended');
    case 'cancelled':
      return {
        outcome: 'cancelled',
        error: attemptError('cancelled', 'an operator cancelled the job'),
        next: { kind: 'cancelled' },
      };
    /* node:coverage ignore next 2 */
    default:
      return outcome satisfies never;
  }
}

function judgeResponse(response: Response, { exitCode, signal }: Evidence): Verdict {
  if (response.status === 'ok') {
    if ((exitCode ?? 0) === 0 && signal === null) return { outcome: 'succeeded', error: null, next: { kind: 'done' } };
    const end = signal === null ? `the exit code is ${exitCode}` : `the process was ended by ${signal}`;
    const message = `the response says ok but ${end}: the two contradict each other; exit 0 after a success`;
    const error = attemptError('exit_contradiction', message);
    return { outcome: signal === null ? 'failed' : 'crashed', error, next: hintOf(response) ?? { kind: 'backoff' } };
  }
  const error = response.error ?? attemptError('unknown', 'the response says error without saying which');
  return { outcome: 'failed', error, next: nextOf(response, error.code) };
}

function nextOf(response: Response, code: string): Verdict['next'] {
  return hintOf(response) ?? { kind: PERMANENT_CODES.has(code) ? 'never' : 'backoff' };
}

/** What the response itself asks for; null: nothing. */
function hintOf(response: Response): Verdict['next'] | null {
  if (response.retry === false) return { kind: 'never' };
  if (response.retryAfterMs !== null) {
    const ms = Math.min(Math.max(response.retryAfterMs, RETRY_AFTER_MIN_MS), RETRY_AFTER_MAX_MS);
    // Instants are whole milliseconds, and a plugin may give a fraction.
    return { kind: 'after', ms: Math.round(ms) };
  }
  return response.retry === true ? { kind: 'backoff' } : null;
}

function judgeExit(evidence: Evidence): Verdict {
  const code = evidence.exitCode ?? 1;
  const lastLine = evidence.stderr.trimEnd().split('\n').at(-1)?.trim().slice(0, 300) ?? '';
  const message = `exited with code ${code}${lastLine === '' ? '' : `: ${lastLine}`}`;
  return {
    outcome: 'failed',
    error: attemptError('nonzero_exit', message),
    next: { kind: PERMANENT_EXITS.has(code) ? 'never' : 'backoff' },
  };
}

function failure(kind: 'timed_out' | 'crashed' | 'spawn_failed', message: string): Verdict {
  return { outcome: kind, error: attemptError(kind, message), next: { kind: 'backoff' } };
}

function released(kind: 'orphaned' | 'interrupted', message: string): Verdict {
  return { outcome: kind, error: attemptError(kind, message), next: { kind: 'release' } };
}

/** True when nobody can tell whether the attempt had its effect on the outside. */
function isUncertain(outcome: Outcome, evidence: Evidence, speaks: CommandKind['speaks']): boolean {
  switch (outcome.kind) {
    case 'answered':
      return outcome.response.status === 'ok';
    case 'exited':
      // An exit code that says something is an answer: all of a command without a protocol, and 75 of any.
      return speaks === 'protocol' && evidence.exitCode !== EX_TEMPFAIL;
    case 'malformed':
    case 'timed_out':
    case 'crashed':
    case 'orphaned':
    case 'output_limit':
      return true;
    case 'interrupted':
      return outcome.started;
    case 'spawn_failed':
    case 'refused':
    case 'cancelled':
      return false;
    /* node:coverage ignore next 2 */
    default:
      return outcome satisfies never;
  }
}

function outcomeUnknown(verdict: Verdict): Verdict {
  const seen = verdict.error?.message ?? verdict.outcome;
  const message = `the command runs at most once and may already have had its effect (${seen}); look outside, then retry it yourself`;
  return { outcome: verdict.outcome, error: attemptError('outcome_unknown', message), next: { kind: 'never' } };
}
