import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { OperatorError } from '../domain/errors.ts';
import { problemOf } from './problem.ts';

describe('problemOf', () => {
  it('tells an operator error with its status, code, hint and place', () => {
    const location = { file: 'ductile.yaml', line: 1, column: 2 };
    assert.deepEqual(problemOf(new OperatorError('not_found', 'no job "x"', { hint: 'look again', location })), {
      type: 'about:blank',
      title: 'Not Found',
      status: 404,
      detail: 'no job "x"',
      code: 'not_found',
      hint: 'look again',
      location,
    });
  });

  for (const [error, status, code, detail] of [
    [Object.assign(new Error('odd url'), { statusCode: 400, code: 'FST_ERR_BAD_URL' }), 400, 'usage', 'odd url'],
    [
      Object.assign(new Error('x'), { statusCode: 413, code: 'FST_ERR_CTP_BODY_TOO_LARGE' }),
      413,
      'body_too_large',
      'the body is too large',
    ],
    [new TypeError('secret inside'), 500, 'internal', 'an unexpected error; the log has it'],
    ['thrown', 500, 'internal', 'an unexpected error; the log has it'],
  ] as const) {
    it(`makes ${status} ${code} of ${String(error)}`, () => {
      const problem = problemOf(error);
      assert.deepEqual([problem.status, problem.code, problem.detail], [status, code, detail]);
    });
  }
});
