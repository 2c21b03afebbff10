import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { OperatorError } from '../domain/errors.ts';
import { loadSnapshot } from './build-snapshot.ts';

const dir = mkdtempSync(join(tmpdir(), 'ductile-expect-'));
after(() => rmSync(dir, { recursive: true, force: true }));

const PLUGIN =
  'plugins:\n  p: { uses: exec, config: { shell: "true" }, schedules: { id: nightly, every: daily } }\nservice: { state_dir: ./state }\n';

function load(expect: string) {
  const file = join(dir, 'ductile.yaml');
  writeFileSync(file, `${PLUGIN}expect:\n${expect}\n`);
  return loadSnapshot({ file, env: {} }).snapshot;
}

function problems(expect: string): readonly string[] {
  try {
    load(expect);
  } catch (error) {
    if (error instanceof OperatorError) return error.problems.map(({ code, message }) => `${code} ${message}`);
    throw error;
  }
  return [];
}

test('an entry waits for an event, a schedule, or an instance with or without a command', () => {
  const { expectations } = load(
    [
      '  - { name: a, event_type: backup.*, within: 26h }',
      '  - { name: b, schedule: p/nightly, within: 26h }',
      '  - { name: c, instance: p, within: 1h }',
      '  - { name: d, instance: p, command: poll, within: 1h }',
    ].join('\n'),
  );
  assert.deepEqual(expectations, [
    { name: 'a', seen: { kind: 'event', eventType: 'backup.*' }, withinMs: 93_600_000 },
    { name: 'b', seen: { kind: 'schedule', instance: 'p', id: 'nightly' }, withinMs: 93_600_000 },
    { name: 'c', seen: { kind: 'job', instance: 'p', command: null }, withinMs: 3_600_000 },
    { name: 'd', seen: { kind: 'job', instance: 'p', command: 'poll' }, withinMs: 3_600_000 },
  ]);
});

const FAULTS: readonly (readonly [title: string, entry: string, finds: RegExp])[] = [
  ['nothing to wait for', '{ name: a, within: 1h }', /invalid_value expect\[0\]: expected exactly one of/],
  ['two things to wait for', '{ name: a, event_type: x, instance: p, within: 1h }', /expected exactly one of/],
  ['a command without an instance', '{ name: a, event_type: x, command: poll, within: 1h }', /`instance` beside/],
  ['an unknown schedule', '{ name: a, schedule: p/nightli, within: 1h }', /unknown_reference no schedule is called/],
  ['an unknown instance', '{ name: a, instance: q, within: 1h }', /unknown_reference no instance is called "q"/],
  ['an unknown command', '{ name: a, instance: p, command: nope, within: 1h }', /unknown_command|nope/],
  ['a type that is none', '{ name: a, event_type: "A B", within: 1h }', /invalid_event_type/],
  ['its own events', '{ name: a, event_type: ductile.expectation.*, within: 1h }', /cannot be expected/],
];

for (const [title, entry, finds] of FAULTS) {
  test(`refuses ${title}`, () => {
    const found = problems(`  - ${entry}`);
    assert.equal(found.length, 1, found.join('\n'));
    assert.match(found[0] ?? '', finds);
  });
}

test('something else than a list is refused', () => {
  assert.match(problems('  a: 1').join('\n'), /expected a list of expectations/);
});
