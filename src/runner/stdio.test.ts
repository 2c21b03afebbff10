import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { it, type TestContext } from 'node:test';
import { systemClock } from '../platform/clock.ts';
import { createStdio } from './stdio.ts';

/** What a shell line prints on streams made while the process passes for one on `platform`. */
async function outputOn(t: TestContext, platform: NodeJS.Platform, line: string): Promise<string> {
  t.mock.property(process, 'platform', platform);
  const stdio = await createStdio({ stdin: true, clock: systemClock });
  t.mock.restoreAll();
  const child = spawn('/bin/sh', ['-c', line], { stdio: stdio.forChild });
  const streams = stdio.ours(child);
  assert.ok(streams !== null);
  const { stdin, stdout, stderr } = streams;
  stdin?.end('hello\n');
  const [printed] = await Promise.all([text(stdout), text(stderr), once(child, 'exit')]);
  return printed;
}

it('makes streams that can be opened by name on Linux', async (t) => {
  assert.equal(await outputOn(t, 'linux', 'cat /dev/stdin'), 'hello\n');
});

it("does with Node's own streams where it cannot make pipes", async (t) => {
  assert.equal(await outputOn(t, 'darwin', 'cat'), 'hello\n');
});

it('says so when a child came without its streams', async (t) => {
  t.mock.property(process, 'platform', 'darwin');
  const stdio = await createStdio({ stdin: true, clock: systemClock });
  t.mock.restoreAll();
  const child = spawn('/bin/sh', ['-c', ':'], { stdio: 'ignore' });
  assert.equal(stdio.ours(child), null);
  await once(child, 'exit');
});
