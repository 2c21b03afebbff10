import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { PassThrough, Readable, Writable } from 'node:stream';
import { describe, it } from 'node:test';
import { type OwnProcess, processIo } from './process-io.ts';

interface FakeProcess {
  readonly own: OwnProcess;
  readonly events: EventEmitter;
  readonly written: string[];
  readonly exits: number[];
}

/** A process whose streams keep what they get; `stdout` fails with `failure` when one is given. */
function fakeProcess({
  env = {},
  isTTY,
  columns,
  failure,
}: {
  env?: Record<string, string>;
  isTTY?: boolean;
  columns?: number;
  failure?: string;
} = {}): FakeProcess {
  const events = new EventEmitter();
  const written: string[] = [];
  const exits: number[] = [];
  const stream = () =>
    new Writable({
      write(chunk: Buffer, _encoding, done) {
        written.push(chunk.toString());
        done(failure === undefined ? null : Object.assign(new Error(failure), { code: failure }));
      },
    });
  const process = Object.assign(events, {
    stdin: Readable.from([Buffer.from('grö'), Buffer.from('ße')]),
    stdout: Object.assign(stream(), { isTTY, columns }),
    stderr: new PassThrough(),
    env,
    cwd: () => '/here',
    pid: 7,
    umask: (mask: number) => mask,
    exit: (code: number) => exits.push(code),
    exitCode: undefined,
  });
  return { own: process as unknown as OwnProcess, events, written, exits };
}

describe('processIo', () => {
  it('reads a line, then none', async () => {
    const io = processIo(fakeProcess().own);
    assert.equal(io.stdinIsTerminal, false);
    assert.deepEqual([await io.readLine(), await io.readLine()], ['größe', null]);
  });

  it('hands on what the process has', async () => {
    const io = processIo(fakeProcess().own);
    assert.deepEqual([io.cwd, io.pid, await io.readStdin()], ['/here', 7, 'größe']);
    io.restrictUmask();
  });

  for (const [what, options, expected] of [
    ['a pipe', {}, [false, false, Number.POSITIVE_INFINITY]],
    ['a terminal', { isTTY: true, columns: 90 }, [true, true, 90]],
    ['a narrow terminal', { isTTY: true, columns: 20 }, [true, true, 60]],
    ['a terminal with NO_COLOR', { isTTY: true, columns: 90, env: { NO_COLOR: '1' } }, [true, false, 90]],
    ['a terminal with an empty NO_COLOR', { isTTY: true, columns: 90, env: { NO_COLOR: '' } }, [true, true, 90]],
    ['a dumb terminal', { isTTY: true, columns: 90, env: { TERM: 'dumb' } }, [true, false, 90]],
  ] as const) {
    it(`knows ${what}`, () => {
      const { stdout } = processIo(fakeProcess(options).own);
      assert.deepEqual([stdout.isTerminal, stdout.colours, stdout.columns], expected);
    });
  }

  it('hears signals until it is told to stop', () => {
    const { own, events } = fakeProcess();
    const heard: string[] = [];
    const forget = processIo(own).onEndSignal((signal) => heard.push(signal));
    events.emit('SIGTERM');
    events.emit('SIGINT');
    forget();
    events.emit('SIGINT');
    assert.deepEqual(heard, ['SIGTERM', 'SIGINT']);
    assert.equal(events.listenerCount('SIGTERM'), 0);
  });

  it('exits after what was written has left', async () => {
    const { own, written, exits } = fakeProcess();
    const io = processIo(own);
    io.stdout.write('last words');
    io.exit(143);
    assert.deepEqual(exits, []);
    await new Promise(setImmediate);
    assert.deepEqual([written[0], exits], ['last words', [143]]);
  });

  for (const [failure, exitCode, text] of [
    ['EPIPE', undefined, 'a reader that went away is harmless'],
    ['ENOSPC', 1, 'output that was lost ends in 1'],
  ] as const) {
    it(text, async () => {
      const { own, events } = fakeProcess({ failure });
      processIo(own).stdout.write('x');
      await new Promise(setImmediate);
      events.emit('exit', 0);
      assert.equal(own.exitCode, exitCode);
    });
  }
});
