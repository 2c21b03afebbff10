import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

/** An answer to one request. */
export interface RawAnswer {
  readonly status: number;
  readonly body: string;
}

/** One connection to a server on this machine, with one request at a time; costs a fraction of what a whole HTTP client does. */
export interface KeepAliveClient {
  /** Sends the bytes of a request; rejects when the connection ends before the answer has. */
  send(request: Buffer): Promise<RawAnswer>;
  close(): void;
}

interface Waiting {
  readonly resolve: (answer: RawAnswer) => void;
  readonly reject: (error: Error) => void;
}

/** Connects to a port on the loopback interface. */
export async function keepAliveClient(port: number): Promise<KeepAliveClient> {
  const socket = connect({ host: '127.0.0.1', port, noDelay: true });
  let received = '';
  let waiting: Waiting | null = null;
  socket.setEncoding('latin1');
  socket.on('data', (text: string) => {
    received += text;
    const answer = answerIn(received);
    if (answer === null) return;
    received = '';
    const told = waiting;
    waiting = null;
    told?.resolve(answer);
  });
  const end = (error: Error): void => {
    waiting?.reject(error);
    waiting = null;
  };
  await once(socket, 'connect');
  socket.on('error', end);
  socket.on('close', () => end(new Error('the connection ended before the answer')));
  return {
    send(request) {
      const { promise, resolve, reject } = Promise.withResolvers<RawAnswer>();
      waiting = { resolve, reject };
      if (socket.destroyed) end(new Error('the connection had ended'));
      else socket.write(request);
      return promise;
    },
    close: () => socket.destroy(),
  };
}

/** The answer, once it is whole; of those with a declared length. */
function answerIn(text: string): RawAnswer | null {
  const end = text.indexOf('\r\n\r\n');
  if (end < 0) return null;
  const length = Number(/^content-length: (\d+)/im.exec(text.slice(0, end))?.[1]);
  if (Number.isNaN(length)) throw new Error('the answer declares no length');
  const body = text.slice(end + 4);
  return body.length < length ? null : { status: Number(text.slice(9, 12)), body };
}

/** Resolves when a socket is closed, whatever closed it. */
export function closeOf(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    // Its error is followed by `close`.
    socket.on('error', () => {}).once('close', () => resolve());
  });
}
