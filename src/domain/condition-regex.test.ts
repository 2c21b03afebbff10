import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cachedPatterns, compileRegex, dynamicRegex } from './condition-regex.ts';
import { newMeter } from './condition-run.ts';

test('patterns that come with the data are kept compiled, but not without end', () => {
  const run = { values: {}, locals: [], meter: newMeter() };
  const first = dynamicRegex(run, 'first');
  for (let index = 0; index < 150; index += 1) {
    dynamicRegex({ ...run, meter: newMeter() }, `pattern${index}`);
    assert.equal(dynamicRegex({ ...run, meter: newMeter() }, 'first'), first);
  }
  assert.equal(cachedPatterns(), 100);
});

test('a pattern is RE2: no look-around, no back-references', () => {
  for (const pattern of ['(?=a)', '(a)\\1', '[', 'a**']) assert.ok('problem' in compileRegex(pattern), pattern);
  assert.ok('compiled' in compileRegex('^[a-z]+\\d{2,4}$'));
});
