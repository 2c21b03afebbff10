import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { basename } from 'node:path';
import { describe, it } from 'node:test';
import { OUTCOMES } from '../../prove/simulation/simulate.ts';
import { ATTEMPT_ERRORS } from '../../src/domain/attempt-errors.ts';
import { FUNCTIONS, METHODS } from '../../src/domain/condition-functions.ts';
import { isMacro } from '../../src/domain/condition-macros.ts';
import { NOT_YET } from '../../src/domain/config/not-yet.ts';
import { mergePolicies } from '../../src/domain/config/policies.ts';
import { scheduleSchema } from '../../src/domain/config/schedules.ts';
import { serviceSchema } from '../../src/domain/config/service.ts';
import { DECISION_CODES } from '../../src/domain/decision.ts';
import { isTerminal, type JobStatus, TRANSITIONS } from '../../src/domain/job.ts';
import type { Outcome } from '../../src/domain/outcome.ts';
import type { Response } from '../../src/domain/response.ts';
import { judge } from '../../src/domain/retry.ts';
import { evidenceOf, okResponse } from '../values.ts';
import { codesIn, rowsOf, sectionOf, textOf } from './pages.ts';

const page = textOf('docs/semantics.md');

function rows(heading: string): readonly (readonly string[])[] {
  return rowsOf(sectionOf(page, heading));
}

/** The codes in the first cells under a heading. */
function named(heading: string): readonly string[] {
  return rows(heading).flatMap(([first = '']) => codesIn(first));
}

/** What an attempt's end means by the code, in the words of the page. */
function triedAgain(outcome: Outcome, exitCode = 0): string {
  const { next } = judge(outcome, evidenceOf({ exitCode }), { idempotent: true, speaks: 'protocol' });
  if (next.kind === 'done') return 'done';
  return next.kind === 'never' || next.kind === 'cancelled' ? 'no' : 'yes';
}

function answered(fields: Partial<Response>): Outcome {
  return { kind: 'answered', response: okResponse({ status: 'error', ...fields }) };
}

describe('docs/semantics.md', () => {
  it('says of every fault campaign which promise it attacks', () => {
    const campaigns = readdirSync(new URL('../../prove/campaigns/', import.meta.url)).map((name) =>
      basename(name, '.ts'),
    );
    const named = rows('How it is shown').flatMap((cells) => codesIn(cells.at(-1) ?? ''));
    assert.deepEqual([...new Set(named)].sort(), campaigns.sort());
  });

  it('has every status, whether it is an end, and which are dead letters', () => {
    const expected = (Object.keys(TRANSITIONS) as JobStatus[]).map((status) => {
      const isDeadLetter = status === 'failed' || status === 'dead';
      const end = isDeadLetter ? 'yes, a dead letter' : isTerminal(status) ? 'yes' : 'no';
      return [`\`${status}\``, end];
    });
    assert.deepEqual(
      rows('Status').map(([status, , end]) => [status, end]),
      expected,
    );
  });

  it('has every legal transition, and no other', () => {
    const expected = Object.entries(TRANSITIONS).flatMap(([from, by]) =>
      Object.entries(by).map(([name, to]) => `${from} ${name} ${to}`),
    );
    const listed = rows('Transitions').map((cells) => cells.slice(0, 3).flatMap(codesIn).join(' '));
    assert.deepEqual(listed.toSorted(), expected.toSorted());
  });

  it('has every outcome of an attempt', () => {
    assert.deepEqual(named('Attempts').toSorted(), Object.keys(OUTCOMES).toSorted());
  });

  it('has every error code of the core', () => {
    assert.deepEqual(named('Errors of the core').toSorted(), Object.keys(ATTEMPT_ERRORS).toSorted());
  });

  it('has every decision', () => {
    assert.deepEqual(named('Decisions').toSorted(), Object.keys(DECISION_CODES).toSorted());
  });

  it('has every setting that this version does not act on, and says of each whether it is refused', () => {
    const section = rows('Not in this version');
    assert.deepEqual(
      section.flatMap(([first = '']) => codesIn(first)).toSorted(),
      NOT_YET.map(({ at }) => at).toSorted(),
    );
    for (const [first = '', what = ''] of section) {
      const answers = new Set(codesIn(first).map((key) => NOT_YET.find(({ at }) => at === key)?.answer));
      assert.deepEqual([...answers], [/refused/.test(what) ? 'refuse' : 'warn'], first);
    }
  });

  it('has every key of a schedule', () => {
    const keys = Object.keys(scheduleSchema.shape).flatMap((key) => (key === 'dst' ? ['dst.gap', 'dst.fold'] : [key]));
    assert.deepEqual(named('Schedules').toSorted(), keys.filter((key) => key !== 'id').toSorted());
  });

  it('has every function, method and loop of expressions', () => {
    const listed = codesIn(/^There are .*$/m.exec(sectionOf(page, 'Expressions'))?.[0] ?? '');
    const loops = ['all', 'exists', 'exists_one', 'filter', 'map'];
    assert.ok(loops.every((loop) => isMacro(loop, 2)));
    const known = new Set([...FUNCTIONS.keys(), ...METHODS.keys(), ...loops]);
    assert.deepEqual(listed.toSorted(), [...known].toSorted());
  });

  it('has the defaults of the policies and of the service', () => {
    const { retry, breaker, timeouts, defaultTimeoutMs } = mergePolicies();
    const service = serviceSchema.parse({});
    const minutes = (ms: number): string => `${ms / 60_000} m`;
    const seconds = (ms: number): string => `${ms / 1_000} s`;
    for (const words of [
      `\`max_attempts: ${retry.maxAttempts}\`, \`base: ${retry.baseMs / 1_000}s\`, \`cap: ${retry.capMs / 60_000}m\``,
      `in a row (default ${breaker.threshold})`,
      `\`breaker.reset_after\` (default ${minutes(breaker.resetAfterMs)})`,
      ...Object.entries(timeouts).map(([command, ms]) => `\`${command}\` ${seconds(ms)}`),
      `${seconds(defaultTimeoutMs)} for any other command`,
      `\`service.shutdown_grace\` (default ${seconds(service.shutdown_grace)})`,
      `\`service.dedupe_window\` (default ${service.dedupe_window / 3_600_000} h)`,
      `\`service.max_depth\` (default ${service.max_depth})`,
      `\`service.max_queued\` jobs queued (default ${service.max_queued})`,
    ]) {
      assert.ok(page.includes(words), words);
    }
  });

  describe('What is retried', () => {
    const table = rows('What is retried');

    function verdictOf(start: string): readonly [codes: readonly string[], verdict: string] {
      const found = table.filter(([first]) => first?.startsWith(start));
      assert.equal(found.length, 1, start);
      const [first = '', verdict = ''] = found[0] ?? [];
      return [codesIn(first.slice(start.length)), verdict.split(',')[0] ?? ''];
    }

    it('is right about error codes, and about all others', () => {
      const [codes, verdict] = verdictOf('`error` with code');
      for (const code of codes) {
        assert.equal(triedAgain(answered({ error: { code, message: '' } })), verdict, code);
      }
      for (const code of [
        'rate_limited',
        'unavailable',
        'timeout',
        'network',
        'conflict',
        'internal',
        'unknown',
        'x',
      ]) {
        assert.ok(!codes.includes(code));
        const [, others] = verdictOf('`error` with any other code');
        assert.equal(triedAgain(answered({ error: { code, message: '' } })), others, code);
      }
    });

    it('is right about exit codes, and about all others', () => {
      const [first = '', verdict] = table.find(([row]) => row?.includes('exit code 64')) ?? [];
      const codes = [...first.matchAll(/\d+/g)].map(([number]) => Number(number));
      const [, others] = verdictOf('no well-formed response, and any other');
      for (let code = 1; code <= 255; code += 1) {
        assert.equal(triedAgain({ kind: 'exited' }, code), codes.includes(code) ? verdict : others, String(code));
      }
    });

    const message = 'x';
    for (const [start, outcome, exitCode] of [
      ['cancelled', { kind: 'cancelled' }],
      ['refused', { kind: 'refused', code: 'invalid_input', message }],
      ['a limit', { kind: 'output_limit', message }],
      ['timed out', { kind: 'timed_out', timeoutMs: 1 }],
      ['timed out', { kind: 'crashed', signal: 'SIGSEGV' }],
      ['timed out', { kind: 'spawn_failed', message }],
      ['a response with another', { kind: 'malformed', code: 'protocol_mismatch', message }],
      ['a response with another', { kind: 'malformed', code: 'invalid_event', message }],
      ['a response with another', { kind: 'malformed', code: 'invalid_state', message }],
      ['`ok` with exit code 0', answered({ status: 'ok' })],
      ['`ok` with another', answered({ status: 'ok' }), 1],
      ['`error` with `retry: false`', answered({ retry: false, retryAfterMs: 5_000 })],
      ['`error` with `retry_after_ms`', answered({ retryAfterMs: 5_000 })],
      ['`error` with `retry: true`', answered({ retry: true, error: { code: 'not_found', message } })],
      ['exit code 0', { kind: 'malformed', code: 'empty_output', message }],
      ['exit code 0', { kind: 'malformed', code: 'invalid_output', message }],
    ] as const satisfies readonly (readonly [string, Outcome, number?])[]) {
      const code = 'code' in outcome ? ` (${outcome.code})` : '';
      it(`is right about: ${start} … ${outcome.kind}${code}`, () => {
        const [, verdict] = verdictOf(start);
        assert.equal(triedAgain(outcome, exitCode ?? 0), verdict);
      });
    }

    it('is right about what does not count', () => {
      for (const kind of ['orphaned', 'interrupted'] as const) {
        const outcome: Outcome = kind === 'orphaned' ? { kind } : { kind, started: true };
        assert.equal(judge(outcome, evidenceOf(), { idempotent: true, speaks: 'protocol' }).next.kind, 'release');
        const [row = []] = rows('Attempts').filter(([name]) => name === `\`${kind}\``);
        assert.equal(row[2], 'no');
      }
    });
  });
});
