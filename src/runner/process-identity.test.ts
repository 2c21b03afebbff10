import assert from 'node:assert/strict';
import { it } from 'node:test';
import { isStill, statusOf, thisBoot } from './process-identity.ts';

const skip = process.platform === 'linux' ? false : 'it needs /proc';

it('tells nothing of a process that is not there', () => {
  assert.equal(statusOf(2 ** 22 + 1), null);
});

it('tells a process from another one with its number by the start', { skip }, () => {
  const { pid, startTime } = statusOf(process.pid) ?? assert.fail('this process is there');
  assert.equal(pid, process.pid);
  assert.ok(isStill({ pid, startTime }));
  assert.ok(!isStill({ pid, startTime: String(Number(startTime) - 1) }));
});

it('reads past a name with spaces and parentheses', { skip }, (t) => {
  const { title } = process;
  const before = statusOf(process.pid);
  t.after(() => {
    process.title = title;
  });
  process.title = 'a) Z 1 (b';
  assert.deepEqual(statusOf(process.pid), before);
  assert.equal(before?.parent, process.ppid);
});

it('names the boot and the namespace that numbers belong to', { skip }, () => {
  assert.match(thisBoot() ?? '', /^[0-9a-f-]{36} pid:\[\d+\]$/);
});
