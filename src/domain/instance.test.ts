import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Instance, timeoutFor } from './instance.ts';

const INSTANCE = { timeouts: { poll: 1_000 }, defaultTimeoutMs: 60_000 } as Partial<Instance> as Instance;

test("a time limit is the producer's own, else the command's, else that of all others", () => {
  assert.equal(timeoutFor(INSTANCE, 'poll', 5), 5);
  assert.equal(timeoutFor(INSTANCE, 'poll', null), 1_000);
  assert.equal(timeoutFor(INSTANCE, 'handle', null), 60_000);
});

test('a command may be called what every object has', () => {
  for (const command of ['constructor', 'toString', '__proto__']) {
    assert.equal(timeoutFor(INSTANCE, command, null), 60_000, command);
  }
});
