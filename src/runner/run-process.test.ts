import assert from 'node:assert/strict';
import { closeSync, copyFileSync, openSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { bench, clockWithBell, SECRET } from '../../test/runner/harness.ts';
import { type Clock, systemClock } from '../platform/clock.ts';
import { findMarked, killMarked } from './sweep.ts';

const textOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('utf8');
const MIB = 1_048_576;

describe('a process that ends by itself', () => {
  it('gets its input and gives its output, exit code and times', async (t) => {
    const result = await bench(t).process('answers.py', { stdin: Buffer.from('{"n": "é"}') });
    assert.equal(textOf(result.stdout), '{"protocol": 1, "status": "ok", "result": {"n": "\\u00e9"}}');
    assert.deepEqual([result.started, result.ended, result.exitCode, result.signal], [true, 'itself', 0, null]);
    assert.ok(result.endedAt >= result.startedAt);
  });

  it('may open its standard streams by name', async (t) => {
    const result = await bench(t).process('opens-streams-by-name.sh', { stdin: Buffer.alloc(MIB, 'x') });
    assert.equal(textOf(result.stdout), `{"protocol":1,"status":"ok","result":${MIB}}\n`);
    assert.equal(result.stderr, 'a note\n');
  });

  it('has descriptors 0, 1 and 2 only', async (t) => {
    const result = await bench(t).process('shows-descriptors.py');
    assert.deepEqual(JSON.parse(textOf(result.stdout)).result, [0, 1, 2]);
  });

  it('leads a session and process group of its own', async (t) => {
    const { stdout, pid } = await bench(t).process('shows-environment.mjs');
    const { result } = JSON.parse(textOf(stdout));
    assert.deepEqual([result.pid, result.group, result.session], [pid, pid, pid]);
  });

  it('tells its pid when it starts, and that it has ended', async (t) => {
    const heard: (number | string)[] = [];
    const result = await bench(t).process('never-reads.sh', {
      onSpawn: ({ pid }) => {
        heard.push(pid);
        return () => heard.push('over');
      },
    });
    assert.deepEqual(heard, [result.pid, 'over']);
  });

  it('may leave a request unread that is larger than a pipe', async (t) => {
    const result = await bench(t).process('never-reads.sh', { stdin: Buffer.alloc(MIB, 'x') });
    assert.deepEqual([result.ended, result.exitCode], ['itself', 0]);
    assert.equal(textOf(result.stdout), '{"protocol":1,"status":"ok","result":"unread"}\n');
  });

  it('may close its stdin at once', async (t) => {
    const result = await bench(t).process('closes-stdin.py', { stdin: Buffer.alloc(MIB, 'x') });
    assert.deepEqual([result.ended, result.exitCode], ['itself', 0]);
    assert.equal(textOf(result.stdout), '{"protocol":1,"status":"ok","result":"closed"}');
  });

  it('reads nothing when it is given nothing', async (t) => {
    const result = await bench(t).process('opens-streams-by-name.sh', { stdin: null });
    assert.equal(textOf(result.stdout), '{"protocol":1,"status":"ok","result":0}\n');
  });

  it('may print as much as the limit allows', async (t) => {
    const result = await bench(t).process('prints-much.py', { own: { SIZE: String(10 * MIB) } });
    assert.deepEqual([result.ended, result.stdout.length, result.stdoutTruncated], ['itself', 10 * MIB, false]);
  });

  it('may print in single bytes', async (t) => {
    const result = await bench(t).process('drips.py');
    assert.equal(JSON.parse(textOf(result.stdout)).result.length, 2_000);
  });

  for (const code of [1, 3, 75, 137]) {
    it(`tells exit code ${code}`, async (t) => {
      const result = await bench(t).process('prints.sh', { own: { TEXT: '', CODE: String(code) } });
      assert.deepEqual([result.ended, result.exitCode, result.signal], ['itself', code, null]);
    });
  }

  for (const signal of ['SIGSEGV', 'SIGKILL', 'SIGTERM'] as const) {
    it(`tells that ${signal} ended it`, async (t) => {
      const result = await bench(t).process('kills-itself.sh', { own: { SIGNAL: signal.slice(3) } });
      assert.deepEqual([result.ended, result.exitCode, result.signal], ['itself', null, signal]);
    });
  }
});

describe('a process that does not end', () => {
  it('is ended when the wish came before it existed', async (t) => {
    const controller = new AbortController();
    const running = bench(t).process('sleeps-with-grandchild.sh', { signal: controller.signal });
    controller.abort('cancelled');
    assert.equal((await running).ended, 'cancelled');
  });

  it('is terminated at its deadline together with a grandchild that holds its stdout', async (t) => {
    const { process: run, appears } = bench(t);
    const { clock, ring } = clockWithBell(60_000);
    const running = run('sleeps-with-grandchild.sh', { clock, timeoutMs: 60_000 });
    await appears('ready');
    ring();
    const result = await running;
    assert.deepEqual([result.ended, result.exitCode, result.signal], ['timed_out', null, 'SIGTERM']);
  });

  it('is killed when the grace is over', async (t) => {
    const { process: run, appears } = bench(t);
    const controller = new AbortController();
    const running = run('ignores-term.sh', { signal: controller.signal, graceMs: 50 });
    await appears('ready');
    controller.abort('cancelled');
    const result = await running;
    assert.deepEqual([result.ended, result.signal], ['cancelled', 'SIGKILL']);
  });

  it('stays timed out when it answers after its deadline', async (t) => {
    const { process: run, appears } = bench(t);
    const { clock, ring } = clockWithBell(60_000);
    const running = run('answers-on-term.sh', { clock, timeoutMs: 60_000 });
    await appears('ready');
    ring();
    const result = await running;
    assert.deepEqual([result.ended, result.exitCode], ['timed_out', 0]);
    assert.equal(textOf(result.stdout), '{"protocol":1,"status":"ok"}\n');
  });

  it('is timed out when it ends before the timer of its deadline is served', async (t) => {
    const { clock } = clockWithBell(1);
    const result = await bench(t).process('answers.py', { clock, timeoutMs: 1, stdin: Buffer.from('{}') });
    assert.deepEqual([result.ended, result.exitCode], ['timed_out', 0]);
  });

  it('is ended for the first reason only', async (t) => {
    const { process: run, appears } = bench(t);
    const controller = new AbortController();
    const { clock, ring } = clockWithBell(60_000);
    const running = run('ignores-term.sh', { clock, signal: controller.signal, timeoutMs: 60_000, graceMs: 50 });
    await appears('ready');
    controller.abort('interrupted');
    ring();
    assert.equal((await running).ended, 'interrupted');
  });

  it('is not even started when its signal has been given', async (t) => {
    const result = await bench(t).process('answers.py', { signal: AbortSignal.abort('cancelled') });
    assert.deepEqual([result.started, result.ended, result.pid], [false, 'cancelled', null]);
  });
});

describe('what a process leaves behind', () => {
  it('does not hold the attempt while it is in the group, and is killed', async (t) => {
    const result = await bench(t).process('leaves-grandchild.sh', { drainMs: 20_000 });
    assert.deepEqual([result.ended, result.exitCode], ['itself', 0]);
    assert.equal(textOf(result.stdout), '{"protocol":1,"status":"ok"}\n');
    assert.ok(result.endedAt - result.startedAt < 15_000, 'its pipes closed before the drain time was over');
  });

  it('does not hold the attempt when it has left the group; the sweep finds it by its marker', async (t) => {
    const { process: run, markers, dir } = bench(t);
    const result = await run('leaves-daemon.py', { drainMs: 100 });
    assert.deepEqual([result.ended, result.exitCode], ['itself', 0]);
    assert.equal(textOf(result.stdout), '{"protocol":1,"status":"ok"}');
    const daemon = Number(readFileSync(join(dir, 'daemon'), 'utf8'));
    const found = await findMarked(markers);
    assert.deepEqual(
      found.map(({ pid, attempt }) => ({ pid, attempt })),
      [{ pid: daemon, attempt: markers.attempt }],
    );
    assert.equal(await killMarked({ gateway: markers.gateway, keep: new Set(), graceMs: 0 }), 1);
  });
});

describe('a process that prints too much', () => {
  it('is killed past the limit of stdout, keeping no more than that', async (t) => {
    const result = await bench(t).process('floods-stdout.py', { stdoutBytes: MIB });
    assert.deepEqual([result.ended, result.signal], ['stdout_limit', 'SIGKILL']);
    assert.deepEqual([result.stdout.length, result.stdoutTruncated], [MIB, true]);
  });

  it('is killed one byte past the limit', async (t) => {
    const result = await bench(t).process('prints-much.py', { own: { SIZE: '1001' }, stdoutBytes: 1_000 });
    assert.deepEqual([result.ended, result.stdout.length], ['stdout_limit', 1_000]);
  });

  it('keeps the tail only when that is all that counts', async (t) => {
    const result = await bench(t).process('prints-much.py', { own: { SIZE: '100000' }, stdoutKeep: 8 });
    assert.deepEqual([result.ended, textOf(result.stdout), result.stdoutTruncated], ['itself', 'xxxxxx"}', true]);
  });

  it('is killed past the limit of stderr', async (t) => {
    const result = await bench(t).process('floods-stderr.py', { stderrKeepBytes: 1_000, stderrMaxBytes: 64_000 });
    assert.deepEqual([result.ended, result.signal, result.stderrBytes], ['stderr_limit', 'SIGKILL', 64_000]);
    assert.ok(Buffer.byteLength(result.stderr) <= 1_000);
  });
});

describe('stderr', () => {
  it('is kept whole without a file when it is short', async (t) => {
    const result = await bench(t).process('complains.py', { own: { LINES: '2' } });
    assert.equal(result.stderr, 'line 0 of many\nline 1 of many\n');
    assert.equal(result.stderrFileUsed, false);
  });

  it('is kept head and tail, and whole in a file for its owner only, when it is long', async (t) => {
    const { process: run, dir } = bench(t);
    const stderrFile = join(dir, 'deeper', 'stderr');
    const result = await run('complains.py', { own: { LINES: '1000' }, stderrKeepBytes: 500, stderrFile });
    assert.match(result.stderr, /^line 0 of many\n[\s\S]*\n… \d+ bytes left out …\n[\s\S]*line 999 of many\n$/);
    assert.ok(Buffer.byteLength(result.stderr) <= 500);
    assert.equal(result.stderrFileUsed, true);
    const whole = readFileSync(stderrFile, 'utf8');
    assert.equal(whole, Array.from({ length: 1_000 }, (_, line) => `line ${line} of many\n`).join(''));
    assert.equal(result.stderrBytes, whole.length);
    assert.equal(statSync(stderrFile).mode & 0o777, 0o600);
  });

  it('shows no secret, not even one that came in pieces', async (t) => {
    const stdin = Buffer.from(JSON.stringify({ config: { token: SECRET } }));
    const result = await bench(t).process('tells-secret.py', { stdin });
    assert.equal(result.stderr, 'token: ***\n');
  });

  it('does without its file when that cannot be written', async (t) => {
    const stderrFile = '/dev/null/stderr';
    const result = await bench(t).process('complains.py', { own: { LINES: '100' }, stderrKeepBytes: 500, stderrFile });
    assert.deepEqual([result.ended, result.stderrFileUsed], ['itself', false]);
    assert.match(result.stderr, /bytes left out/);
  });
});

describe('a process that cannot be started', () => {
  const cases: readonly (readonly [string, Parameters<ReturnType<typeof bench>['process']>[1], RegExp])[] = [
    ['no-such-program', {}, /no-such-program does not exist$/],
    ['answers.py', { cwd: '/no/such/dir' }, /^the working directory \/no\/such\/dir does not exist$/],
    ['not-executable.sh', {}, /may not be executed: run `chmod \+x`/],
    ['no-such-interpreter.sh', {}, /^#!\/no\/such\/interpreter: \/no\/such\/interpreter was not found; install it/],
    ['carriage-returns.sh', {}, /ends in a carriage return; save the file with Unix line endings/],
    ['answers.py', { own: { HUGE: 'x'.repeat(200_000) } }, /larger than the system allows; pass large data on stdin/],
    ['answers.py', { own: { NUL: 'a\0b' } }, /null bytes/],
  ];
  for (const [program, overrides, message] of cases) {
    it(`says so: ${message.source}`, async (t) => {
      const result = await bench(t).process(program, overrides);
      assert.deepEqual([result.started, result.ended, result.pid], [false, 'itself', null]);
      assert.match(result.spawnError ?? '', message);
    });
  }

  it('is started after all once nobody writes to its program any more', async (t) => {
    const { process: run, dir } = bench(t);
    const program = join(dir, 'fresh');
    copyFileSync('/bin/true', program);
    const file = openSync(program, 'r+');
    let waits = 0;
    const after: Clock['after'] = (ms, wake) => {
      if (ms === 20 && ++waits === 3) closeSync(file);
      return systemClock.after(ms, wake);
    };
    const result = await run('', { argv: [program], clock: { ...systemClock, after } });
    assert.deepEqual([result.spawnError, result.exitCode, waits], [null, 0, 3]);
  });

  it('is run by sh when it has no first line that says otherwise', async (t) => {
    const result = await bench(t).process('no-first-line.sh');
    assert.equal(JSON.parse(textOf(result.stdout)).result, 'run by sh');
  });
});
