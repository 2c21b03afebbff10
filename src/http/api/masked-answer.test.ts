import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createRedactor } from '../../domain/redact.ts';
import { maskedAnswer } from './masked-answer.ts';

const redactor = createRedactor({ secrets: ['pass"word/1', '7"'], keys: [], patterns: [] });

for (const [what, body, shown] of [
  [
    'an answer without secrets stays as it is',
    { id: 'x', token: 'shown by its view' },
    { id: 'x', token: 'shown by its view' },
  ],
  ['a secret is masked in values and keys', { a: ['x pass"word/1'], 'pass"word/1': 1 }, { a: ['x ***'], '***': 1 }],
  ['nothing is null', undefined, null],
] as const) {
  test(what, () => {
    assert.deepEqual(JSON.parse(maskedAnswer(body, redactor)), shown);
  });
}
