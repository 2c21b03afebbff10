import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { evidenceOf, okResponse } from '../../test/values.ts';
import type { Outcome } from './outcome.ts';
import type { Response } from './response.ts';
import { backoffMs, judge, RETRY_AFTER_MAX_MS, RETRY_AFTER_MIN_MS } from './retry.ts';

const evidence = evidenceOf();
const PROTOCOL = { idempotent: true, speaks: 'protocol' } as const;

function answered(change: Partial<Response> = {}): Outcome {
  return { kind: 'answered', response: okResponse(change) };
}

function refusal(code: string, change: Partial<Response> = {}): Outcome {
  return answered({ status: 'error', error: { code, message: 'no' }, ...change });
}

interface Case {
  readonly what: string;
  readonly outcome: Outcome;
  readonly exitCode?: number;
  readonly idempotent?: boolean;
  readonly speaks?: 'protocol' | 'exit_code';
  readonly expect: { readonly outcome: string; readonly code: string | null; readonly next: string };
}

const CASES: readonly Case[] = [
  { what: 'ok with exit 0', outcome: answered(), expect: { outcome: 'succeeded', code: null, next: 'done' } },
  {
    what: 'ok with another exit code',
    outcome: answered(),
    exitCode: 3,
    expect: { outcome: 'failed', code: 'exit_contradiction', next: 'backoff' },
  },
  ...['auth_failed', 'config_invalid', 'invalid_input', 'not_found', 'unsupported'].map((code) => ({
    what: `error ${code}`,
    outcome: refusal(code),
    expect: { outcome: 'failed', code, next: 'never' },
  })),
  ...['rate_limited', 'unavailable', 'timeout', 'network', 'conflict', 'internal', 'something_else'].map((code) => ({
    what: `error ${code}`,
    outcome: refusal(code),
    expect: { outcome: 'failed', code, next: 'backoff' },
  })),
  {
    what: 'an error without a code',
    outcome: answered({ status: 'error' }),
    expect: { outcome: 'failed', code: 'unknown', next: 'backoff' },
  },
  {
    what: 'retry: true over a permanent code',
    outcome: refusal('not_found', { retry: true }),
    expect: { outcome: 'failed', code: 'not_found', next: 'backoff' },
  },
  {
    what: 'retry: false over a passing code and a wait',
    outcome: refusal('network', { retry: false, retryAfterMs: 5_000 }),
    expect: { outcome: 'failed', code: 'network', next: 'never' },
  },
  {
    what: 'retry_after_ms over a permanent code',
    outcome: refusal('not_found', { retryAfterMs: 5_000 }),
    expect: { outcome: 'failed', code: 'not_found', next: 'after 5000' },
  },
  {
    what: 'a wait that is too short',
    outcome: refusal('network', { retryAfterMs: 1 }),
    expect: { outcome: 'failed', code: 'network', next: `after ${RETRY_AFTER_MIN_MS}` },
  },
  {
    what: 'a wait with a fraction of a millisecond',
    outcome: refusal('network', { retryAfterMs: 1500.5 }),
    expect: { outcome: 'failed', code: 'network', next: 'after 1501' },
  },
  {
    what: 'a wait that is too long',
    outcome: refusal('network', { retry: true, retryAfterMs: 1e12 }),
    expect: { outcome: 'failed', code: 'network', next: `after ${RETRY_AFTER_MAX_MS}` },
  },
  ...[64, 65, 66, 77, 78].map((exitCode) => ({
    what: `exit ${exitCode}`,
    outcome: { kind: 'exited' } as const,
    exitCode,
    expect: { outcome: 'failed', code: 'nonzero_exit', next: 'never' },
  })),
  ...[1, 63, 67, 75, 76, 127, 255].map((exitCode) => ({
    what: `exit ${exitCode}`,
    outcome: { kind: 'exited' } as const,
    exitCode,
    expect: { outcome: 'failed', code: 'nonzero_exit', next: 'backoff' },
  })),
  ...(['empty_output', 'invalid_output'] as const).map((code) => ({
    what: code,
    outcome: { kind: 'malformed', code, message: 'm' } as const,
    expect: { outcome: 'protocol_error', code, next: 'backoff' },
  })),
  ...(['protocol_mismatch', 'invalid_event', 'invalid_state'] as const).map((code) => ({
    what: code,
    outcome: { kind: 'malformed', code, message: 'm' } as const,
    expect: { outcome: 'protocol_error', code, next: 'never' },
  })),
  {
    what: 'a timeout',
    outcome: { kind: 'timed_out', timeoutMs: 1 },
    expect: { outcome: 'timed_out', code: 'timed_out', next: 'backoff' },
  },
  {
    what: 'a foreign signal',
    outcome: { kind: 'crashed', signal: 'SIGSEGV' },
    expect: { outcome: 'crashed', code: 'crashed', next: 'backoff' },
  },
  {
    what: 'a failed spawn',
    outcome: { kind: 'spawn_failed', message: 'm' },
    expect: { outcome: 'spawn_failed', code: 'spawn_failed', next: 'backoff' },
  },
  {
    what: 'too much output',
    outcome: { kind: 'output_limit', message: 'm' },
    expect: { outcome: 'output_limit', code: 'output_limit', next: 'never' },
  },
  {
    what: 'a refusal',
    outcome: { kind: 'refused', code: 'plugin_untrusted', message: 'm' },
    expect: { outcome: 'failed', code: 'plugin_untrusted', next: 'never' },
  },
  {
    what: 'an orphan',
    outcome: { kind: 'orphaned' },
    expect: { outcome: 'orphaned', code: 'orphaned', next: 'release' },
  },
  {
    what: 'an interruption',
    outcome: { kind: 'interrupted', started: true },
    expect: { outcome: 'interrupted', code: 'interrupted', next: 'release' },
  },
  {
    what: 'a cancellation',
    outcome: { kind: 'cancelled' },
    expect: { outcome: 'cancelled', code: 'cancelled', next: 'cancelled' },
  },
  // At most once: whatever may have reached the outside is not run again.
  ...[
    { kind: 'timed_out', timeoutMs: 1 } as const,
    { kind: 'crashed', signal: 'SIGKILL' } as const,
    { kind: 'orphaned' } as const,
    { kind: 'interrupted', started: true } as const,
    { kind: 'malformed', code: 'invalid_output', message: 'm' } as const,
  ].map((outcome) => ({
    what: `${outcome.kind}, at most once`,
    outcome,
    idempotent: false,
    expect: {
      outcome: outcome.kind === 'malformed' ? 'protocol_error' : outcome.kind,
      code: 'outcome_unknown',
      next: 'never',
    },
  })),
  {
    what: 'a bare exit, at most once',
    outcome: { kind: 'exited' },
    exitCode: 1,
    idempotent: false,
    expect: { outcome: 'failed', code: 'outcome_unknown', next: 'never' },
  },
  {
    what: 'a bare exit that says try again, at most once',
    outcome: { kind: 'exited' },
    exitCode: 75,
    idempotent: false,
    expect: { outcome: 'failed', code: 'nonzero_exit', next: 'backoff' },
  },
  {
    what: 'the exit code of an ordinary command, at most once',
    outcome: { kind: 'exited' },
    exitCode: 1,
    idempotent: false,
    speaks: 'exit_code',
    expect: { outcome: 'failed', code: 'nonzero_exit', next: 'backoff' },
  },
  {
    what: 'an end that is not retried anyway, at most once',
    outcome: { kind: 'malformed', code: 'invalid_event', message: 'm' },
    idempotent: false,
    expect: { outcome: 'protocol_error', code: 'invalid_event', next: 'never' },
  },
  {
    what: 'a contradiction whose response forbids a retry',
    outcome: answered({ retry: false }),
    exitCode: 1,
    expect: { outcome: 'failed', code: 'exit_contradiction', next: 'never' },
  },
  {
    what: 'a contradiction whose response names a wait',
    outcome: answered({ retryAfterMs: 7_000 }),
    exitCode: 1,
    expect: { outcome: 'failed', code: 'exit_contradiction', next: 'after 7000' },
  },
  {
    what: 'a contradiction, at most once',
    outcome: answered(),
    exitCode: 1,
    idempotent: false,
    expect: { outcome: 'failed', code: 'outcome_unknown', next: 'never' },
  },
  {
    what: 'success, at most once',
    outcome: answered(),
    idempotent: false,
    expect: { outcome: 'succeeded', code: null, next: 'done' },
  },
  {
    what: "the plugin's own error, at most once",
    outcome: refusal('network'),
    idempotent: false,
    expect: { outcome: 'failed', code: 'network', next: 'backoff' },
  },
  {
    what: 'an interruption before the start, at most once',
    outcome: { kind: 'interrupted', started: false },
    idempotent: false,
    expect: { outcome: 'interrupted', code: 'interrupted', next: 'release' },
  },
  {
    what: 'a failed spawn, at most once',
    outcome: { kind: 'spawn_failed', message: 'm' },
    idempotent: false,
    expect: { outcome: 'spawn_failed', code: 'spawn_failed', next: 'backoff' },
  },
  {
    what: 'a refusal, at most once',
    outcome: { kind: 'refused', code: 'invalid_input', message: 'm' },
    idempotent: false,
    expect: { outcome: 'failed', code: 'invalid_input', next: 'never' },
  },
];

for (const { what, outcome, exitCode = 0, idempotent = true, speaks = 'protocol', expect } of CASES) {
  test(`${what} is judged ${expect.outcome}/${expect.code ?? 'no error'}, next ${expect.next}`, () => {
    const verdict = judge(outcome, { ...evidence, exitCode }, { idempotent, speaks });
    const next = verdict.next.kind === 'after' ? `after ${verdict.next.ms}` : verdict.next.kind;
    assert.deepEqual({ outcome: verdict.outcome, code: verdict.error?.code ?? null, next }, expect);
  });
}

test('a bare exit quotes the last line of stderr', () => {
  const verdict = judge({ kind: 'exited' }, { ...evidence, exitCode: 2, stderr: 'first\nboom\n\n' }, PROTOCOL);
  assert.equal(verdict.error?.message, 'exited with code 2: boom');
});

test('a bare exit without a known code counts as 1', () => {
  const verdict = judge({ kind: 'exited' }, { ...evidence, exitCode: null }, PROTOCOL);
  assert.equal(verdict.error?.message, 'exited with code 1');
});

test('an answer whose exit code is unknown is taken by its word', () => {
  assert.equal(judge(answered(), { ...evidence, exitCode: null }, PROTOCOL).outcome, 'succeeded');
});

test('the backoff lies between half and the whole of min(cap, base·2^(n−1))', () => {
  fc.assert(
    fc.property(
      fc.record({
        baseMs: fc.integer({ min: 1, max: 3_600_000 }),
        capMs: fc.integer({ min: 1, max: 86_400_000 }),
        used: fc.integer({ min: 1, max: 1_000 }),
        random: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
      }),
      ({ baseMs, capMs, used, random }) => {
        const whole = Math.min(capMs, baseMs * 2 ** (used - 1));
        const wait = backoffMs({ maxAttempts: 5, baseMs, capMs }, used, random);
        assert.ok(Number.isSafeInteger(wait));
        assert.ok(wait >= Math.floor(whole / 2) && wait <= whole, `${wait} of ${whole}`);
      },
    ),
  );
});

test('the backoff doubles until the cap', () => {
  const policy = { maxAttempts: 9, baseMs: 1_000, capMs: 5_000 };
  assert.deepEqual(
    [1, 2, 3, 4, 5].map((used) => backoffMs(policy, used, 1)),
    [1_000, 2_000, 4_000, 5_000, 5_000],
  );
  assert.equal(backoffMs(policy, 1, 0), 500);
});

test('an ok before a crash is a contradiction, and an error before one counts as it is', () => {
  const crashed = { ...evidence, exitCode: null, signal: 'SIGSEGV' };
  const contradiction = judge(answered(), crashed, PROTOCOL);
  assert.deepEqual([contradiction.outcome, contradiction.error?.code], ['crashed', 'exit_contradiction']);
  assert.equal(judge(refusal('auth_failed'), crashed, PROTOCOL).next.kind, 'never');
});

test('a time limit that is over is told in the unit it was written in', () => {
  const { error } = judge({ kind: 'timed_out', timeoutMs: 7_200_000 }, evidence, PROTOCOL);
  assert.equal(error?.message, 'did not end within 2h and was terminated');
});
