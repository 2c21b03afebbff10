import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { z } from 'zod';
import { OperatorError } from '../../domain/errors.ts';
import { checkAnswer, checkedError, checksAnswers } from './check-answer.ts';
import { NOTHING, route } from './route.ts';

const answered = { status: 200, body: { n: 1 } };
const declared = route({
  method: 'GET',
  path: '/things',
  scope: 'read',
  reach: 'gateway',
  summary: 'Lists things.',
  tag: 'things',
  params: NOTHING,
  query: NOTHING,
  body: null,
  answers: {
    200: { means: 'One.', schema: z.strictObject({ n: z.int() }) },
    206: { means: 'A stream.', schema: z.string(), contentType: 'text/plain' },
  },
  errors: ['not_found'],
  handle: async () => answered,
});

describe('checkAnswer', () => {
  for (const answer of [answered, { status: 200, body: { n: 1, m: undefined } }, { status: 206, body: 'text' }]) {
    it(`takes ${JSON.stringify(answer)}`, () => checkAnswer(declared, answer));
  }

  for (const [answer, why] of [
    [{ status: 201, body: { n: 1 } }, /GET \/things answered 201, which it does not declare/],
    [{ status: 200, body: { n: 'one' } }, /another body than it declares: n: /],
    [{ status: 200, body: { n: 1, secret: 2 } }, /secret/],
    [{ status: 200, body: {} }, /n: /],
  ] as const) {
    it(`refuses ${JSON.stringify(answer)}`, () => assert.throws(() => checkAnswer(declared, answer), why));
  }
});

describe('checkedError', () => {
  for (const code of ['not_found', 'usage', 'storage_unavailable'] as const) {
    it(`lets ${code} pass`, () => {
      const error = new OperatorError(code, 'x');
      assert.equal(checkedError(declared, error), error);
    });
  }

  it('makes a bug of an error that the route does not declare', () => {
    const checked = checkedError(declared, new OperatorError('queue_full', 'x'));
    assert.match(String(checked), /GET \/things ended in queue_full, which it does not declare/);
  });

  it('leaves a bug what it is', () => {
    const bug = new TypeError('x');
    assert.equal(checkedError(declared, bug), bug);
  });
});

describe('checksAnswers', () => {
  it('is for tests only', () => {
    assert.deepEqual([checksAnswers({}), checksAnswers({ DUCTILE_CHECK_ANSWERS: '1' })], [false, true]);
  });
});
