import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AttemptEnd } from './attempt-end.ts';
import { compareEnds } from './compare-ends.ts';

const END: AttemptEnd = {
  outcome: 'failed',
  error: { code: 'invalid_input', message: 'no' },
  exitCode: 0,
  signal: null,
  durationMs: 12,
  response: { protocol: 1, status: 'error' },
  truncated: false,
  stderr: 'a\n',
  rawOutput: null,
};

const withEvents = (...events: readonly { readonly type: string; readonly n: number }[]): AttemptEnd => ({
  ...END,
  response: { status: 'ok', events },
});

const paths = (before: AttemptEnd, after: AttemptEnd): readonly string[] =>
  compareEnds(before, after).differences.map(({ kind, path }) => `${kind} ${path}`);

test('an end is reproduced when outcome and error code are the same, whatever else differs', () => {
  const other: AttemptEnd = {
    ...END,
    error: { code: 'invalid_input', message: 'never' },
    stderr: 'b\n',
    durationMs: 99,
  };
  assert.deepEqual(compareEnds(END, END), { reproduced: true, differences: [], count: 0 });
  assert.equal(compareEnds(END, other).reproduced, true);
  assert.deepEqual(paths(END, other), ['changed /error/message', 'changed /stderr']);
  assert.equal(compareEnds(END, { ...END, error: { code: 'conflict', message: 'no' } }).reproduced, false);
  assert.equal(compareEnds(END, { ...END, outcome: 'crashed' }).reproduced, false);
  assert.equal(compareEnds(END, { ...END, error: null }).reproduced, false);
});

test('everything by which two ends differ is told', () => {
  const other: AttemptEnd = {
    ...END,
    outcome: 'succeeded',
    error: null,
    exitCode: 3,
    signal: 'SIGKILL',
    response: null,
    rawOutput: 'x',
  };
  assert.deepEqual(paths(END, other), [
    'changed /outcome',
    'changed /error',
    'changed /exit_code',
    'changed /signal',
    'changed /response',
    'changed /stdout',
  ]);
});

test('an event is compared with the one of its type, so that one more does not change all the others', () => {
  const [a, b] = [
    { type: 'a', n: 1 },
    { type: 'b', n: 1 },
  ];
  assert.deepEqual(paths(withEvents(a, b), withEvents({ type: 'new', n: 0 }, a, b)), ['added /response/events/0']);
  assert.deepEqual(paths(withEvents(a, b), withEvents(b)), ['removed /response/events/0']);
  assert.deepEqual(paths(withEvents(a, a), withEvents(a, { type: 'a', n: 2 })), ['changed /response/events/1/n']);
  assert.deepEqual(paths(withEvents(a), withEvents()), ['removed /response/events/0']);
  const odd: AttemptEnd = { ...END, response: { status: 'ok', events: [7] } };
  assert.deepEqual(paths(withEvents(), odd), ['added /response/events/0']);
  assert.deepEqual(paths({ ...END, response: { status: 'ok' } }, withEvents()), []);
});

test('of very many differences the first are told and all are counted', () => {
  const many: AttemptEnd = { ...END, response: Array.from({ length: 500 }, (_, n) => n) };
  const others: AttemptEnd = { ...END, response: Array.from({ length: 500 }, (_, n) => n + 1) };
  const { differences, count } = compareEnds(many, others);
  assert.deepEqual([differences.length, count], [200, 500]);
});
