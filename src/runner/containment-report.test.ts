import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { readReport, unwrapped } from './containment-report.ts';
import { NOT_STARTED, type ProcessResult } from './run-process.ts';

const attempted = { program: '/p/run', cwd: '/', path: undefined };

function resultOf(change: Partial<ProcessResult>): ProcessResult {
  return { ...NOT_STARTED, started: true, pid: 1, startedAt: 0, endedAt: 1, ...change };
}

describe('the report of an init', () => {
  const table = [
    ['started\nstatus 0\n', { kind: 'exited', exitCode: 0 }],
    ['started\n[1]+  Exit 137                { exec "$@"; } 0<&0\nstatus 137\n', { kind: 'exited', exitCode: 137 }],
    ['[1]+  Done   x\nstarted\nstatus 0\n', { kind: 'exited', exitCode: 0 }],
    ['started\nductile-init: line 9: 2 Killed   x\nstatus 137\n', { kind: 'signalled', signal: 'SIGKILL' }],
    ['started\n[1]+  Terminated     x\nstatus 143\n', { kind: 'signalled', signal: 'SIGTERM' }],
    ['started\n[1]+  Stopped    x\n[1]+  Exit 143   x\nstatus 143\n', { kind: 'exited', exitCode: 143 }],
    ['started\nstatus 255\n', { kind: 'exited', exitCode: 255 }],
    ['started\n', { kind: 'cut_short' }],
    ['', { kind: 'not_started' }],
    ['unshare: something', { kind: 'not_started' }],
  ] as const;
  for (const [text, reported] of table) {
    it(`is read: ${JSON.stringify(text)}`, () => assert.deepEqual(readReport(text), reported));
  }

  it('stands for what the wrapper itself ended with', () => {
    const outer = resultOf({ exitCode: 137 });
    const report = 'started\n[1]+  Killed  x\nstatus 137\n';
    const { exitCode, signal } = unwrapped(outer, { report, attempted });
    assert.deepEqual([exitCode, signal], [null, 'SIGKILL']);
    assert.equal(unwrapped(outer, { report: 'started\n', attempted }).signal, 'SIGKILL');
  });
});

describe("a wrapper's own failure", () => {
  const failed = [
    [127, 'setpriv: failed to execute /p/run: No such file or directory', /\/p\/run does not exist/],
    [126, 'setpriv: failed to execute /p/run: Permission denied', /chmod/],
    [126, 'prlimit: failed to execute /p/run: Exec format error', /neither a program/],
    [127, 'setpriv: failed to execute /usr/bin/prlimit: No such file or directory', /prlimit: No such file/],
    [127, 'setpriv: setresuid failed: Operation not permitted', /could not be prepared/],
    [1, 'prlimit: failed to set the NOFILE resource limit: Operation not permitted', /limit could not be set/],
    [126, 'setpriv: /p/run kann nicht ausgeführt werden: Keine Berechtigung', /Keine Berechtigung/],
  ] as const;
  for (const [exitCode, stderr, message] of failed) {
    it(`is a failed spawn: ${stderr}`, () => {
      const result = unwrapped(resultOf({ exitCode, stderr: `${stderr}\n` }), { report: null, attempted });
      assert.match(result.spawnError ?? '', message);
    });
  }

  it('is a failed spawn when its init never started', () => {
    const outer = resultOf({ exitCode: 1, stderr: 'bwrap: No permissions to create new namespace\n' });
    assert.match(unwrapped(outer, { report: '', attempted }).spawnError ?? '', /set up: bwrap: No permissions/);
    assert.match(unwrapped(resultOf({ exitCode: 3 }), { report: '', attempted }).spawnError ?? '', /exit code 3/);
    assert.equal(unwrapped({ ...outer, ended: 'timed_out' }, { report: '', attempted }).spawnError, null);
  });

  const own = [
    { exitCode: 127, stderr: '/p/run: line 3: foo: command not found\n' },
    { exitCode: 126, stderr: '' },
    { exitCode: 127, stderr: 'setpriv: nonsense\n' },
    { exitCode: 127, stderr: 'first\nsetpriv: failed to execute /p/run: No such file or directory\n' },
    { exitCode: 0, stderr: 'setpriv: failed to execute /p/run: No such file or directory\n' },
    { exitCode: 127, stderr: 'setpriv: failed to execute /p/run: x\n', stdout: Buffer.from('{}') },
    { exitCode: 2, stderr: 'prlimit: failed\n' },
  ];
  for (const change of own) {
    it(`is not what a program says itself: ${JSON.stringify(change)}`, () => {
      assert.equal(unwrapped(resultOf(change), { report: null, attempted }).spawnError, null);
    });
  }
});
