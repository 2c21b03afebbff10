import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { type ProcessIdentity, statusOf } from './process-identity.ts';
import { openProcessRegister, recordedLeaders } from './process-register.ts';

function fileOf(t: TestContext): string {
  const dir = mkdtempSync(join(tmpdir(), 'ductile-register-'));
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  return join(dir, 'processes');
}

function self(): ProcessIdentity {
  const { pid, startTime } = statusOf(process.pid) ?? assert.fail('this process is there');
  return { pid, startTime };
}

describe('the register of processes', { skip: process.platform === 'linux' ? false : 'it needs /proc' }, () => {
  it('tells of a leader from the moment it is noted until it is forgotten, although nobody closes the file', (t) => {
    const file = fileOf(t);
    const register = openProcessRegister(file);
    const forget = register.record(self(), 'job.1');
    assert.deepEqual(recordedLeaders(file), [self()]);
    assert.deepEqual(register.leaders(), [self()]);
    forget();
    forget();
    assert.deepEqual(recordedLeaders(file), []);
    assert.deepEqual(register.leaders(), []);
    register.close();
    assert.equal(statSync(file).mode & 0o777, 0o600);
  });

  it('does not tell of a process that got the number later, nor of one that is gone', (t) => {
    const file = fileOf(t);
    const register = openProcessRegister(file);
    register.record({ ...self(), startTime: '1' }, 'job.1');
    register.record({ pid: 2 ** 22 + 1, startTime: '1' }, 'job.2');
    assert.deepEqual(recordedLeaders(file), []);
    register.close();
  });

  it('does not tell of what was noted before the machine was restarted', (t) => {
    const file = fileOf(t);
    const register = openProcessRegister(file);
    register.record(self(), 'job.1');
    register.close();
    const [, ...lines] = readFileSync(file, 'latin1').split('\n');
    writeFileSync(file, ['00000000-0000-0000-0000-000000000000 pid:[1]', ...lines].join('\n'));
    assert.deepEqual(recordedLeaders(file), []);
  });

  it('notes again what an earlier run left, and begins anew otherwise', (t) => {
    const file = fileOf(t);
    const register = openProcessRegister(file);
    register.record(self(), 'job.1');
    register.close();
    openProcessRegister(file, recordedLeaders(file)).close();
    assert.deepEqual(recordedLeaders(file), [self()]);
    openProcessRegister(file).close();
    assert.deepEqual(recordedLeaders(file), []);
  });

  it('grows with the attempts that run at one time, not with those that have run', (t) => {
    const file = fileOf(t);
    const register = openProcessRegister(file);
    for (let round = 0; round < 100; round += 1) {
      const both = [register.record(self(), `job.${round}`), register.record(self(), `job.${round}`)];
      for (const forget of both) forget();
    }
    register.close();
    assert.equal(statSync(file).size, 3 * 128);
  });

  for (const [what, content] of [
    ['nothing', ''],
    ['anything else', `${'\0'.repeat(300)}\n1 2\n-1 5 x\n`],
  ] as const) {
    it(`takes a file with ${what} in it for an empty one`, (t) => {
      const file = fileOf(t);
      writeFileSync(file, content);
      assert.deepEqual(recordedLeaders(file), []);
    });
  }

  it('does without a file that cannot be written', (t) => {
    const register = openProcessRegister(join(fileOf(t), 'no', 'such', 'folder'));
    const forget = register.record(self(), 'job.1');
    assert.deepEqual(register.leaders(), [self()]);
    forget();
    register.close();
  });
});
