import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { EndSignal, Io, Sink } from './io.ts';

/** Narrowest terminal that text is laid out for; a narrower one wraps. */
const MIN_COLUMNS = 60;

/** What is needed of `process`. */
export type OwnProcess = Pick<
  NodeJS.Process,
  'stdin' | 'stdout' | 'stderr' | 'env' | 'cwd' | 'pid' | 'on' | 'off' | 'once' | 'umask' | 'exit' | 'exitCode'
>;

/** The process's own streams, environment and signals. */
export function processIo(own: OwnProcess): Io {
  return {
    stdout: sinkOf(own, 'stdout'),
    stderr: sinkOf(own, 'stderr'),
    env: own.env,
    cwd: own.cwd(),
    pid: own.pid,
    stdinIsTerminal: own.stdin.isTTY ?? false,
    async readStdin() {
      const chunks: Buffer[] = [];
      for await (const chunk of own.stdin) chunks.push(Buffer.from(chunk));
      return Buffer.concat(chunks).toString('utf8');
    },
    readLine() {
      // What has ended says so to nobody who comes later.
      if (own.stdin.readableEnded) return Promise.resolve(null);
      // The terminal edits the line itself, so that Ctrl-C still ends the process.
      const lines = createInterface({ input: own.stdin, terminal: false });
      return new Promise((resolve) => {
        lines.once('line', (line) => {
          resolve(line);
          lines.close();
        });
        lines.once('close', () => resolve(null));
      });
    },
    onEndSignal(hear) {
      const listeners = (['SIGINT', 'SIGTERM'] satisfies EndSignal[]).map((signal) => {
        const listener = (): void => hear(signal);
        own.on(signal, listener);
        return () => own.off(signal, listener);
      });
      return () => {
        for (const off of listeners) off();
      };
    },
    runEditor(editor, file) {
      return new Promise((resolve, reject) => {
        // By the shell, as Git does: `$EDITOR` may have arguments.
        const child = spawn('/bin/sh', ['-c', `${editor} "$1"`, 'sh', file], { stdio: 'inherit' });
        child.once('error', reject);
        child.once('close', (code) => resolve(code ?? 1));
      });
    },
    onResize(hear) {
      own.stdout.on('resize', hear);
      return () => own.stdout.off('resize', hear);
    },
    onHangup(hear) {
      own.on('SIGHUP', hear);
    },
    restrictUmask() {
      own.umask(0o077);
    },
    exit(code) {
      own.stdout.write('', () => own.stderr.write('', () => own.exit(code)));
    },
  };
}

function sinkOf(own: OwnProcess, name: 'stdout' | 'stderr'): Sink {
  const stream = own[name];
  const gone = new AbortController();
  stream.on('error', (error: NodeJS.ErrnoException) => {
    // A reader that went away (`ductile job list | head`) is no error of ours. A full disk is, but it must not end a gateway that logs to it.
    if (error.code === 'EPIPE') {
      gone.abort();
      return;
    }
    own.once('exit', (code) => {
      own.exitCode = code === 0 ? 1 : code;
    });
  });
  const { NO_COLOR, TERM } = own.env;
  const isTerminal = stream.isTTY ?? false;
  return {
    write: (text) => {
      stream.write(text);
    },
    gone: gone.signal,
    isTerminal,
    colours: isTerminal && TERM !== 'dumb' && (NO_COLOR === undefined || NO_COLOR === ''),
    // Asked each time: a terminal may be resized while a gateway writes to it.
    get columns() {
      return isTerminal ? Math.max(stream.columns ?? 0, MIN_COLUMNS) : Number.POSITIVE_INFINITY;
    },
    get rows() {
      return isTerminal ? stream.rows : undefined;
    },
  };
}
