import assert from 'node:assert/strict';
import { test } from 'node:test';
import { renderConfigReference } from '../../scripts/reference/config-reference.ts';
import { renderErrorReference } from '../../scripts/reference/error-reference.ts';
import { ATTEMPT_ERRORS } from '../../src/domain/attempt-errors.ts';
import { DECISION_CODES } from '../../src/domain/decision.ts';
import { OPERATOR_ERRORS } from '../../src/domain/errors.ts';
import { PROBLEM_CODES } from '../../src/domain/problem-codes.ts';

test('the configuration reference has a row for keys at every depth', () => {
  const page = renderConfigReference();
  for (const key of [
    'service.retention.events',
    'plugins_dir',
    'plugins.<name>.schedules[].window.start',
    'webhooks.endpoints[].verify.scheme',
    'argv',
  ]) {
    assert.ok(page.includes(`| \`${key}\` |`), key);
  }
  assert.ok(page.includes('| `service.storage`: anything but `sqlite` | refused |'));
});

test('the error reference has every code', () => {
  const page = renderErrorReference();
  const codes = [OPERATOR_ERRORS, PROBLEM_CODES, ATTEMPT_ERRORS, DECISION_CODES].flatMap((table) => Object.keys(table));
  assert.deepEqual(
    codes.filter((code) => !page.includes(`\`${code}\``)),
    [],
  );
});
