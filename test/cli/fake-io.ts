import assert from 'node:assert/strict';
import type { EndSignal, Io, Sink } from '../../src/cli/io.ts';

/** A sink that keeps what it is given. */
export interface FakeSink extends Sink {
  readonly text: string;
  /** Resolves when the text matches. */
  shows(pattern: RegExp): Promise<void>;
}

/** An Io in memory. */
export interface FakeIo extends Io {
  readonly stdout: FakeSink;
  readonly stderr: FakeSink;
  /** Sends a signal to whoever listens. */
  signal(signal: EndSignal): void;
  /** Gives the terminal another size. */
  resize(to: Size): void;
  /** True while somebody listens for signals. */
  isHeard(): boolean;
  /** Resolves to the code that `exit` was called with. */
  readonly exited: Promise<number>;
}

/** How a fake Io differs from a program without a terminal, in `/`, without input. */
export interface FakeIoOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly stdin?: string;
  /** What the editor does to the file; default: it fails. */
  readonly edit?: (editor: string, file: string) => Promise<number>;
  readonly terminal?: Size & { readonly colours?: boolean };
}

/** Of a terminal, in characters. */
interface Size {
  readonly columns: number;
  readonly rows?: number;
}

/** An Io that keeps what is written and does what it is told. */
export function fakeIo({
  cwd = '/',
  env = {},
  stdin = '',
  terminal,
  edit = async () => 1,
}: FakeIoOptions = {}): FakeIo {
  const lines = stdin === '' ? [] : stdin.replace(/\n$/, '').split('\n');
  const resizers = new Set<() => void>();
  const size = terminal === undefined ? undefined : { ...terminal };
  const listeners = new Set<(signal: EndSignal) => void>();
  const { promise: exited, resolve: exit } = Promise.withResolvers<number>();
  return {
    stdout: fakeSink(size),
    stderr: fakeSink(size),
    env: { PATH: process.env['PATH'], HOME: '/nonexistent', DUCTILE_CHECK_ANSWERS: '1', ...env },
    cwd,
    pid: process.pid,
    exited,
    stdinIsTerminal: terminal !== undefined,
    readStdin: async () => stdin,
    readLine: async () => lines.shift() ?? null,
    onResize(hear) {
      resizers.add(hear);
      return () => resizers.delete(hear);
    },
    resize(to) {
      if (size !== undefined) Object.assign(size, to);
      for (const hear of resizers) hear();
    },
    onHangup() {},
    onEndSignal(hear) {
      listeners.add(hear);
      return () => listeners.delete(hear);
    },
    restrictUmask() {},
    runEditor: edit,
    exit,
    isHeard: () => listeners.size > 0,
    signal(signal) {
      assert.ok(listeners.size > 0, 'nobody listens for signals');
      for (const hear of listeners) hear(signal);
    },
  };
}

/** A sink in memory; a terminal when it is given a width. */
export function fakeSink(terminal?: FakeIoOptions['terminal']): FakeSink {
  let text = '';
  const waiting = new Set<() => void>();
  return {
    isTerminal: terminal !== undefined,
    colours: terminal?.colours ?? false,
    get columns() {
      return terminal?.columns ?? Number.POSITIVE_INFINITY;
    },
    get rows() {
      return terminal?.rows;
    },
    get text() {
      return text;
    },
    write(more) {
      text += more;
      for (const look of waiting) look();
    },
    shows(pattern) {
      const { promise, resolve } = Promise.withResolvers<void>();
      const look = (): void => {
        if (!pattern.test(text)) return;
        waiting.delete(look);
        resolve();
      };
      waiting.add(look);
      look();
      return promise;
    },
  };
}
