import type { Evidence, KeptResponse, Outcome, Run } from '../../src/domain/outcome.ts';
import type { EmittedEvent, Response } from '../../src/domain/response.ts';
import type { RunRequest } from '../../src/runner/run-plugin.ts';
import type { Dice } from './dice.ts';
import { STATE_BYTES } from './settings.ts';

/** How a simulated process ends, before its times are known. */
export interface Ending extends KeptResponse {
  readonly outcome: Outcome;
  readonly evidence: Partial<Evidence>;
}

const WAYS = {
  ok: 46,
  error: 16,
  contradiction: 3,
  exited: 7,
  malformed: 5,
  timed_out: 5,
  crashed: 6,
  output_limit: 2,
  spawn_failed: 4,
  refused: 2,
  too_much_state: 1,
} as const;

const ERROR_CODES = ['unavailable', 'rate_limited', 'internal', 'not_found', 'auth_failed', 'something_else'] as const;
const EXIT_CODES = [1, 64, 75, 77, 126] as const;
const MALFORMED = ['empty_output', 'invalid_output', 'protocol_mismatch', 'invalid_event'] as const;
const REFUSALS = ['unknown_command', 'plugin_missing', 'plugin_untrusted', 'invalid_input'] as const;

/** A way for the process of an attempt to end. */
export function drawEnding(dice: Dice, request: RunRequest): Ending {
  const way = dice.weighted(WAYS);
  switch (way) {
    case 'ok':
      return answered({ ...okay(request), events: drawEvents(dice, request) }, { exitCode: 0 });
    case 'error':
      return answered(drawError(dice, request), { exitCode: dice.chance(0.5) ? 1 : 0 });
    case 'contradiction': {
      const evidence = dice.chance(0.5) ? { exitCode: 3 } : { exitCode: null, signal: 'SIGSEGV' };
      return answered({ ...okay(request), stateUpdates: { token: request.job.attempt } }, evidence);
    }
    case 'too_much_state':
      return answered({ ...okay(request), stateUpdates: { much: 'x'.repeat(STATE_BYTES) } }, { exitCode: 0 });
    case 'exited':
      return silent({ kind: 'exited' }, { exitCode: dice.pick(EXIT_CODES) ?? 1, stderr: 'no\n', stderrBytes: 3 });
    case 'malformed': {
      const code = dice.pick(MALFORMED) ?? 'empty_output';
      return silent({ kind: 'malformed', code, message: 'simulated' }, { exitCode: 0, rawOutput: 'what' });
    }
    case 'timed_out':
      return timedOut(60_000);
    case 'crashed':
      return silent({ kind: 'crashed', signal: 'SIGSEGV' }, { signal: 'SIGSEGV' });
    case 'output_limit':
      return silent({ kind: 'output_limit', message: 'simulated' }, { signal: 'SIGKILL' });
    case 'spawn_failed':
      return silent({ kind: 'spawn_failed', message: 'simulated' }, { pid: null });
    case 'refused':
      return silent(
        { kind: 'refused', code: dice.pick(REFUSALS) ?? 'plugin_missing', message: 'simulated' },
        { pid: null },
      );
    default:
      return way satisfies never;
  }
}

/** A success that emits nothing. */
export function plainSuccess(request: Pick<RunRequest, 'state'>): Ending {
  return answered(okay(request), { exitCode: 0 });
}

/** An end by the gateway at the deadline. */
export function timedOut(timeoutMs: number): Ending {
  return silent({ kind: 'timed_out', timeoutMs }, { signal: 'SIGTERM' });
}

/** An end by the gateway for a reason of its own. */
export function endedBy(reason: 'cancelled' | 'interrupted', started: boolean): Ending {
  const outcome: Outcome = reason === 'cancelled' ? { kind: 'cancelled' } : { kind: 'interrupted', started };
  return silent(outcome, started ? { signal: 'SIGTERM' } : { pid: null });
}

/** The end as the runner tells it. */
export function runOf(
  { outcome, evidence, response, truncated }: Ending,
  at: { readonly startedAt: number; readonly endedAt: number },
): Run & KeptResponse {
  const whole: Evidence = {
    ...at,
    pid: 4_711,
    exitCode: null,
    signal: null,
    stderr: '',
    stderrBytes: 0,
    stderrFile: null,
    rawOutput: null,
    ...evidence,
  };
  return { outcome, evidence: whole, response, truncated };
}

/** Each success counts in the state of its instance. */
function okay({ state }: Pick<RunRequest, 'state'>): Response {
  const count = typeof state['count'] === 'number' ? state['count'] : 0;
  return {
    status: 'ok',
    result: { counted: count + 1 },
    stateUpdates: { count: count + 1 },
    events: [],
    logs: [],
    logsDropped: 0,
    error: null,
    retry: null,
    retryAfterMs: null,
    warnings: [],
  };
}

function drawEvents(dice: Dice, { job }: RunRequest): readonly EmittedEvent[] {
  const count = dice.chance(0.35) ? dice.whole(1, 2) : 0;
  return Array.from({ length: count }, () => ({
    type: `${job.instance}.${dice.chance(0.8) ? 'made' : 'other'}`,
    payload: { n: dice.whole(1, 9) },
    eventId: dice.chance(0.4) ? `own-${dice.whole(1, 12)}` : null,
    dedupeKey: dice.chance(0.3) ? `key-${dice.whole(1, 6)}` : null,
    occurredAt: null,
  }));
}

function drawError(dice: Dice, request: RunRequest): Response {
  const hint = dice.whole(0, 9);
  return {
    ...okay(request),
    status: 'error',
    result: null,
    stateUpdates: dice.chance(0.4) ? { token: dice.whole(1, 99), old: null } : null,
    error: { code: dice.pick(ERROR_CODES) ?? 'internal', message: 'simulated' },
    retry: hint === 0 ? false : hint === 1 ? true : null,
    retryAfterMs: hint === 2 ? dice.whole(500, 600_000) : null,
  };
}

function answered(response: Response, evidence: Partial<Evidence>): Ending {
  const { status, stateUpdates, events } = response;
  const kept = { status, state_updates: stateUpdates, events: events.map(({ eventId }) => eventId) };
  return { outcome: { kind: 'answered', response }, evidence, response: kept, truncated: false };
}

function silent(outcome: Outcome, evidence: Partial<Evidence>): Ending {
  return { outcome, evidence, response: null, truncated: false };
}
