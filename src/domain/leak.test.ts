import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createLeakNotes, leakWarnings } from './leak.ts';
import { createRedactor } from './redact.ts';

const redactor = createRedactor({
  secrets: ['correct-horse', 'battery-staple', 'from-before'],
  names: new Map([
    ['correct-horse', ['env:HORSE']],
    ['battery-staple', ['file:/run/staple', 'plugins.x.config.staple']],
  ]),
  keys: [],
  patterns: [],
});

test('a secret is noted by all its names with the place it was seen in, however it is encoded', () => {
  const notes = createLeakNotes([{ name: 'env:HORSE', place: 'stderr' }]);
  assert.equal(notes.at('result', redactor).text('a correct-horse'), 'a ***');
  assert.deepEqual(notes.at('logs', redactor).json([Buffer.from('battery-staple').toString('hex')]), ['***']);
  const stream = notes.at('stderr', redactor).stream();
  assert.equal(stream.push('correct-') + stream.push('horse') + stream.end(), '***');
  assert.equal(
    notes
      .at('stdout', redactor)
      .text(`${'x'.repeat(100_000)}from-before`)
      .slice(-4),
    'x***',
  );
  assert.deepEqual(notes.list(), [
    { name: 'env:HORSE', place: 'stderr' },
    { name: 'env:HORSE', place: 'result' },
    { name: 'file:/run/staple', place: 'logs' },
    { name: 'plugins.x.config.staple', place: 'logs' },
    { name: null, place: 'stdout' },
  ]);
});

test('what merely looks like a secret is masked without a note', () => {
  const notes = createLeakNotes();
  assert.equal(notes.at('result', redactor).text('Bearer abcdefgh12345678'), 'Bearer ***');
  assert.deepEqual(notes.list(), []);
});

test('a warning says what a secret is called and where it was seen', () => {
  assert.deepEqual(
    leakWarnings([
      { name: 'env:HORSE', place: 'stderr' },
      { name: 'env:HORSE', place: 'result' },
      { name: null, place: 'logs' },
    ]),
    [
      'the secret env:HORSE was printed and masked (in result, stderr): the plugin should keep it to itself',
      'a secret of an earlier configuration was printed and masked (in logs): the plugin should keep it to itself',
    ],
  );
});

test('of many secrets the first twenty are named', () => {
  const many = Array.from({ length: 23 }, (_, index) => ({ name: `env:S${index}`, place: 'stderr' }));
  const warnings = leakWarnings(many);
  assert.equal(warnings.length, 21);
  assert.equal(warnings.at(-1), 'and 3 more secrets');
});
