import type { EndSignal, Io, Sink } from './io.ts';

/** The process's own streams, environment and signals. */
export function processIo(process: NodeJS.Process): Io {
  return {
    stdout: sinkOf(process.stdout, process.env),
    stderr: sinkOf(process.stderr, process.env),
    env: process.env,
    cwd: process.cwd(),
    pid: process.pid,
    isRoot: process.getuid?.() === 0,
    async readStdin() {
      const chunks: Buffer[] = [];
      for await (const chunk of process.stdin) chunks.push(Buffer.from(chunk));
      return Buffer.concat(chunks).toString('utf8');
    },
    onEndSignal(hear) {
      const listeners = (['SIGINT', 'SIGTERM'] satisfies EndSignal[]).map((signal) => {
        const listener = (): void => hear(signal);
        process.on(signal, listener);
        return () => process.off(signal, listener);
      });
      return () => {
        for (const off of listeners) off();
      };
    },
    restrictUmask() {
      process.umask(0o077);
    },
    exit: (code) => process.exit(code),
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
