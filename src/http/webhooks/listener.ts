import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { placeOf } from '../../domain/api-settings.ts';
import { OperatorError } from '../../domain/errors.ts';
import type { Webhooks } from '../../engine/webhooks.ts';
import type { Clock } from '../../platform/clock.ts';
import { createServer } from '../../platform/http.ts';
import type { Log } from '../../platform/log.ts';
import { refuseBroken } from '../refuse-broken.ts';
import { type Answer, problem } from './answer.ts';
import { handleRequest } from './handle-request.ts';
import { Refusal } from './refusal.ts';
import { createRequestLimits } from './request-limits.ts';
import { createWaiting } from './waiting.ts';

/** How long clients may take, in milliseconds, and how many there may be. */
export interface ListenerBounds {
  /** From the connection, or the first byte of a request, to the end of its headers. */
  readonly headersMs: number;
  /** From there to the end of the body. */
  readonly bodyMs: number;
  /** For both together; looked for at the same interval as slow headers. */
  readonly requestMs: number;
  /** How often slow headers are looked for: Node ends them at an interval only. */
  readonly checkMs: number;
  /** Between two requests. */
  readonly keepAliveMs: number;
  /** How long those under way may go on once the listener closes. */
  readonly closeMs: number;
  readonly connections: number;
}

/** Slow clients are gone within 15 s, however they are slow. */
const BOUNDS: ListenerBounds = {
  headersMs: 10_000,
  bodyMs: 13_000,
  requestMs: 14_000,
  checkMs: 1_000,
  keepAliveMs: 5_000,
  closeMs: 2_000,
  connections: 2_000,
};

/** Takes deliveries from outside. */
export interface WebhookListener {
  /** Listens at `host:port` while there are endpoints, and not while there are none; throws `address_unavailable`. */
  follow(listen: string): Promise<void>;
  /** Where it listens, port filled in; null: it does not. */
  address(): string | null;
  /** Takes no more connections, and ends those that are left after a moment. */
  close(): Promise<void>;
}

/** A listener over the webhooks of a gateway. */
export function createWebhookListener({
  webhooks,
  clock,
  log,
  bounds = BOUNDS,
}: {
  readonly webhooks: Webhooks;
  readonly clock: Clock;
  readonly log: Log;
  readonly bounds?: ListenerBounds;
}): WebhookListener {
  const limits = createRequestLimits(clock);
  const handling = { webhooks, limits, waiting: createWaiting(webhooks), clock, bodyMs: bounds.bodyMs };
  let open: ReturnType<typeof createServer> | null = null;
  let stopped = false;
  /** One after the other: two reloads must not both find nothing open. */
  let turn: Promise<void> = Promise.resolve();

  async function serve(request: IncomingMessage, response: ServerResponse, goOn: () => void): Promise<void> {
    let answer: Answer | null;
    try {
      answer = await handleRequest(handling, { request, goOn, gone: () => signalOfEnd(response) });
    } catch (error) {
      if (!(error instanceof Refusal)) {
        log.error('a delivery ended in a bug', { error: error instanceof Error ? error.stack : String(error) });
      }
      answer = error instanceof Refusal ? error.answer : problem('internal');
    }
    if (answer !== null) send(response, answer, { keep: request.complete });
  }

  function newServer() {
    const server = createServer(
      {
        headersTimeout: bounds.headersMs,
        // The body has a time limit of its own, which can be told; this one ends whoever is slow with both.
        requestTimeout: bounds.requestMs,
        connectionsCheckingInterval: bounds.checkMs,
        keepAliveTimeout: bounds.keepAliveMs,
        maxHeaderSize: 16_384,
        // Of a body that nobody has asked for yet, one read is taken in and no second.
        highWaterMark: 16_384,
      },
      (request, response) => void serve(request, response, () => {}),
    );
    server.maxConnections = bounds.connections;
    // Node would drop headers beyond a number, and with them a second signature; their size is bounded already.
    server.maxHeadersCount = 0;
    server.on('checkContinue', (request: IncomingMessage, response: ServerResponse) => {
      void serve(request, response, () => response.writeContinue());
    });
    server.on('clientError', refuseBroken);
    return server;
  }

  async function start(listen: string): Promise<void> {
    const server = newServer();
    const { host, port } = placeOf(listen);
    await new Promise<void>((resolve, reject) => {
      server.once('error', (error: NodeJS.ErrnoException) => {
        const why = error.code === 'EADDRINUSE' ? 'another program listens there' : error.message;
        reject(new OperatorError('address_unavailable', `webhooks cannot listen at ${listen}: ${why}`));
      });
      server.listen(port, host, resolve);
    });
    server.removeAllListeners('error');
    server.on('error', (error) => log.error('the listener for webhooks failed', { error: error.message }));
    open = server;
  }

  async function close(): Promise<void> {
    const server = open;
    open = null;
    if (server === null) return;
    const closed = new Promise<void>((resolve) => {
      server.close(() => resolve());
    });
    server.closeIdleConnections();
    const cancel = clock.after(bounds.closeMs, () => server.closeAllConnections());
    await closed;
    cancel();
  }

  async function adapt(listen: string): Promise<void> {
    const wanted = webhooks.settings().endpoints.length > 0 && !stopped;
    if (wanted && open === null) await start(listen);
    else if (!wanted) await close();
  }

  function inTurn(step: () => Promise<void>): Promise<void> {
    const done = turn.then(step);
    turn = done.catch(() => {});
    return done;
  }

  return {
    follow: (listen) => inTurn(() => adapt(listen)),
    address() {
      const place = open?.address() ?? null;
      return place === null || typeof place === 'string' ? null : textOf(place);
    },
    close() {
      stopped = true;
      return inTurn(close);
    },
  };
}

/** Aborts when the sender hangs up before it has its answer. */
function signalOfEnd(response: ServerResponse): AbortSignal {
  const gone = new AbortController();
  // An abort makes an error with its stack; of a sender that has its answer nobody waits for that.
  response.once('close', () => {
    if (!response.writableFinished) gone.abort();
  });
  if (response.destroyed) gone.abort();
  return gone.signal;
}

/** `keep` is false when the sender may still be sending: nobody reads that. */
function send(response: ServerResponse, answer: Answer, { keep }: { readonly keep: boolean }): void {
  if (response.destroyed) return;
  response.writeHead(answer.status, {
    ...answer.headers,
    // An answer without content says nothing of its length (RFC 9110, 8.6).
    ...(answer.status === 204 ? {} : { 'content-length': String(Buffer.byteLength(answer.body)) }),
    'x-content-type-options': 'nosniff',
    ...(keep ? {} : { connection: 'close' }),
  });
  if (!keep && response.socket !== null) readNoMore(response.socket);
  response.end(answer.body);
}

/** Node would go on to read what it throws away, until the connection is closed. */
function readNoMore(socket: Socket): void {
  socket.on('resume', () => socket.pause());
  socket.pause();
}

function textOf({ address, family, port }: AddressInfo): string {
  return family === 'IPv6' ? `[${address}]:${port}` : `${address}:${port}`;
}
