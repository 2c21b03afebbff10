import type { ChildProcess } from 'node:child_process';
import { closeSync, constants, openSync } from 'node:fs';
import { Socket } from 'node:net';
import type { Readable, Writable } from 'node:stream';
import type { Clock } from '../platform/clock.ts';
import { returnPipe, takePipes } from './pipe-pool.ts';

/** Our ends of a child's standard streams. */
export interface Streams {
  /** Null: the child reads /dev/null. */
  readonly stdin: Writable | null;
  readonly stdout: Readable;
  readonly stderr: Readable;
}

/** Standard streams for one child. */
export interface Stdio {
  /** What `spawn` is given. */
  readonly forChild: ('pipe' | 'ignore' | number)[];
  /** Our ends, once the child has been spawned; closes what only the child needs. Null: the child came without them. */
  ours(child: ChildProcess): Streams | null;
  /** Closes everything, for a child that could not be spawned. */
  discard(): void;
}

/**
 * Standard streams made of real pipes where the system lets us make them. Node's own `pipe` is a pair of sockets, which
 * Linux refuses to open by name: `cat /dev/stdin` and `echo … > /dev/stderr` would fail in a script that works in a
 * terminal and in cron.
 */
export async function createStdio(options: { readonly stdin: boolean; readonly clock: Clock }): Promise<Stdio> {
  const pipes = await takePipes(options.stdin ? 3 : 2, options.clock);
  if (pipes === null) return socketStdio(options.stdin);
  const opened: Pipe[] = [];
  try {
    for (const descriptor of pipes) opened.push(openPipe(descriptor));
  } catch {
    for (const pipe of opened) closeEnds(pipe);
    for (const descriptor of pipes) closeSync(descriptor);
    return socketStdio(options.stdin);
  }
  return pipeStdio(opened);
}

function socketStdio(stdin: boolean): Stdio {
  return {
    forChild: [stdin ? 'pipe' : 'ignore', 'pipe', 'pipe'],
    ours({ stdin: input, stdout, stderr }) {
      // Node's types do not say so, but a child may lack the property, too.
      return stdout && stderr && (input || !stdin) ? { stdin: input, stdout, stderr } : null;
    },
    discard() {},
  };
}

function pipeStdio([out, err, input]: readonly Pipe[]): Stdio {
  if (out === undefined || err === undefined) throw new Error('a child needs two pipes at least');
  return {
    forChild: [input?.readEnd ?? 'ignore', out.writeEnd, err.writeEnd],
    ours() {
      const stdin = input === undefined ? null : writerOf(input);
      return { stdin, stdout: readerOf(out), stderr: readerOf(err) };
    },
    discard() {
      for (const pipe of [out, err, input]) {
        if (pipe === undefined) continue;
        closeEnds(pipe);
        closeSync(pipe.descriptor);
      }
    },
  };
}

interface Pipe {
  /** Keeps the pipe in existence; neither end waits for it, since it reads nothing and cannot write. */
  readonly descriptor: number;
  readonly readEnd: number;
  readonly writeEnd: number;
}

/** Opens both ends anew, so that ours can be non-blocking without the child's becoming so. */
function openPipe(descriptor: number): Pipe {
  const path = `/proc/self/fd/${descriptor}`;
  const readEnd = openSync(path, constants.O_RDONLY);
  try {
    return { descriptor, readEnd, writeEnd: openSync(path, constants.O_WRONLY) };
  } catch (error) {
    closeSync(readEnd);
    throw error;
  }
}

function closeEnds({ readEnd, writeEnd }: Pipe): void {
  closeSync(readEnd);
  closeSync(writeEnd);
}

function readerOf({ descriptor, readEnd, writeEnd }: Pipe): Readable {
  closeSync(writeEnd);
  let drained = false;
  const reader = new Socket({ fd: readEnd, readable: true, writable: false });
  // The end of a pipe is the proof that nobody can write to it any more; only then another attempt may have it.
  reader.once('end', () => {
    drained = true;
  });
  reader.once('close', () => {
    if (drained) returnPipe(descriptor);
    else closeSync(descriptor);
  });
  return reader;
}

function writerOf({ descriptor, readEnd, writeEnd }: Pipe): Writable {
  // Never used twice: what a child left unread, or a process it left behind, would meet the next request. And as long
  // as we could read it ourselves, writing would not tell that the child has closed it.
  closeSync(descriptor);
  closeSync(readEnd);
  return new Socket({ fd: writeEnd, readable: false, writable: true });
}
