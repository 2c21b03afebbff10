import assert from 'node:assert/strict';
import { test } from 'node:test';
import { execManifest } from './exec-manifest.ts';
import type { ExecConfig } from './instance.ts';

const EXEC: ExecConfig = { argv: ['true'], shell: null, stdin: 'none', env: {}, emit: null, idempotent: true };

test('the built-in answers to poll, handle and run, one attempt at a time', () => {
  const manifest = execManifest(EXEC);
  assert.equal(manifest.name, 'exec');
  assert.deepEqual([...manifest.commands.keys()], ['poll', 'handle', 'run']);
  assert.equal(manifest.concurrency, 1);
  assert.equal(manifest.events.size, 0);
});

test('what is declared at most once holds for every command', () => {
  const manifest = execManifest({ ...EXEC, idempotent: false });
  assert.deepEqual(
    [...manifest.commands.values()].map((command) => command.idempotent),
    [false, false, false],
  );
});

test('the type that a run emits is declared', () => {
  const manifest = execManifest({ ...EXEC, emit: 'backup.done' });
  assert.deepEqual([...manifest.events], [['backup.done', { type: 'backup.done', schema: null }]]);
});
