import assert from 'node:assert/strict';
import { test } from 'node:test';
import { commandOf, evidenceOf, instanceOf, manifestOf, okResponse } from '../../../test/values.ts';
import { DEFAULT_LIMITS } from '../instance.ts';
import type { JsonObject } from '../json.ts';
import type { Outcome } from '../outcome.ts';
import { createRedactor } from '../redact.ts';
import { type AttemptEnd, endOf, recordedEnd } from './attempt-end.ts';

const redactor = createRedactor({ secrets: ['correct-horse'], keys: [], patterns: [] });
const manifest = manifestOf([commandOf({ name: 'poll' }), commandOf({ name: 'once', idempotent: false })]);
const instance = instanceOf({ manifest, limits: { ...DEFAULT_LIMITS, stateBytes: 20 } });

function end(
  outcome: Outcome,
  { command = 'poll', state = {} }: { command?: string; state?: JsonObject } = {},
): AttemptEnd {
  const run = { outcome, evidence: evidenceOf(), response: null, truncated: false };
  return endOf(run, { instance, command, state, redactor });
}

test('a run ends as it would have been recorded, with the error masked', () => {
  const found = end({ kind: 'output_limit', message: 'it printed correct-horse' });
  assert.equal(found.outcome, 'output_limit');
  assert.deepEqual(found.error, { code: 'output_limit', message: 'it printed ***' });
  assert.equal(found.durationMs, 10);
  assert.deepEqual(end({ kind: 'answered', response: okResponse({}) }).error, null);
});

test('what a command means for its outcome counts, whether the plugin still knows the command or not', () => {
  assert.equal(end({ kind: 'crashed', signal: 'SIGSEGV' }, { command: 'once' }).error?.code, 'outcome_unknown');
  assert.equal(end({ kind: 'crashed', signal: 'SIGSEGV' }, { command: 'gone' }).error?.code, 'crashed');
  const exec = { argv: ['x'], shell: null, stdin: 'none', env: {}, emit: null, idempotent: false } as const;
  const about = {
    instance: { ...instance, program: { kind: 'exec', exec } as const },
    command: 'once',
    state: {},
    redactor,
  };
  const ran = {
    outcome: { kind: 'exited' },
    evidence: evidenceOf({ exitCode: 2 }),
    response: null,
    truncated: false,
  } as const;
  assert.equal(endOf(ran, about).error?.code, 'nonzero_exit');
});

test('state updates that the store would refuse for their size are refused here', () => {
  const answered = (stateUpdates: JsonObject): Outcome => ({
    kind: 'answered',
    response: okResponse({ stateUpdates }),
  });
  assert.equal(end(answered({ b: 'x'.repeat(10) }), { state: { a: 1 } }).error?.code, 'invalid_state');
  assert.equal(end(answered({ a: null, b: 'x'.repeat(10) }), { state: { a: 1 } }).outcome, 'succeeded');
});

test('a recorded attempt is reduced to what can be compared', () => {
  const record = {
    ...evidenceOf({ exitCode: 3, stderr: 'oh' }),
    attempt: 1,
    outcome: 'failed',
    error: { code: 'nonzero_exit', message: 'x' },
    logs: [],
    logsDropped: 0,
    warnings: [],
    retryAt: null,
    configVersion: 'v',
    stateVersion: 0,
    response: null,
    truncated: true,
  } as const;
  assert.deepEqual(recordedEnd(record), {
    outcome: 'failed',
    error: { code: 'nonzero_exit', message: 'x' },
    exitCode: 3,
    signal: null,
    response: null,
    truncated: true,
    stderr: 'oh',
    rawOutput: null,
    durationMs: 10,
  });
});
