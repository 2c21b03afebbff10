import type { EndSignal, Io, Sink } from './io.ts';

/** The process's own streams, environment and signals. */
export function processIo(own: NodeJS.Process): Io {
  return {
    stdout: sinkOf(own.stdout, own.env),
    stderr: sinkOf(own.stderr, own.env),
    env: own.env,
    cwd: own.cwd(),
    pid: own.pid,
    isRoot: own.getuid?.() === 0,
    async readStdin() {
      const chunks: Buffer[] = [];
      for await (const chunk of own.stdin) chunks.push(Buffer.from(chunk));
      return Buffer.concat(chunks).toString('utf8');
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
    restrictUmask() {
      own.umask(0o077);
    },
    exit: (code) => own.exit(code),
  };
}

function sinkOf(stream: NodeJS.WriteStream, env: NodeJS.ProcessEnv): Sink {
  // A reader that went away (`ductile job list | head`) is no error of ours.
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
  const wantsColour = env.NO_COLOR === undefined || env.NO_COLOR === '';
  return {
    write: (text) => {
      stream.write(text);
    },
    isTerminal: (stream.isTTY ?? false) && wantsColour,
    columns: stream.columns ?? 120,
  };
}
