import type { FastifyInstance } from 'fastify';
import { isLoopbackPlace, placeOf } from '../domain/api-settings.ts';
import { OperatorError } from '../domain/errors.ts';
import type { Snapshot } from '../domain/snapshot.ts';
import type { Authentication } from '../engine/authentication.ts';
import type { Log } from '../platform/log.ts';

/** Most connections at one time. */
const MOST_CONNECTIONS = 1_000;

/** The API for others than the command line. */
export interface ApiListener {
  /**
   * Listens where the configuration says, unless it does already or is to do so nowhere. Throws `token_missing` for an
   * address that others reach while nobody holds a token, and `address_unavailable`, but for an address that nobody
   * chose: then it says so and listens nowhere.
   */
  follow(snapshot: Pick<Snapshot, 'listen' | 'api'>): Promise<void>;
  /** Where it listens, port filled in; null: it does not. */
  address(): string | null;
  close(): Promise<void>;
}

/** A listener for the API that `newApi` makes, with its guard. */
export function createApiListener({
  newApi,
  authentication,
  log,
}: {
  readonly newApi: () => FastifyInstance;
  readonly authentication: Pick<Authentication, 'anyLive'>;
  readonly log: Log;
}): ApiListener {
  let open: FastifyInstance | null = null;
  let stopped = false;
  /** One after the other: two reloads must not both find nothing open. */
  let turn: Promise<void> = Promise.resolve();

  async function start(listen: string): Promise<void> {
    const { host, port } = placeOf(listen);
    if (!isLoopbackPlace(listen) && !(await authentication.anyLive())) {
      throw new OperatorError('token_missing', `api.listen: others reach ${listen}, and there is no token`);
    }
    const app = newApi();
    app.server.maxConnections = MOST_CONNECTIONS;
    // Node would drop headers beyond a number, and with them a second one of a kind; their size is bounded already.
    app.server.maxHeadersCount = 0;
    try {
      // For `localhost` the framework would open a second server without these bounds.
      await app.listen({ host: host.toLowerCase() === 'localhost' ? '127.0.0.1' : host, port });
    } catch (error) {
      await app.close();
      const { code, message } = error as NodeJS.ErrnoException;
      const why = code === 'EADDRINUSE' ? 'another program listens there' : message;
      throw new OperatorError('address_unavailable', `the API cannot listen at ${listen}: ${why}`, {
        hint: 'End what listens there, give `api.listen` another address, or none.',
      });
    }
    app.server.on('error', (error) => log.error('the listener of the API failed', { error: error.message }));
    open = app;
  }

  async function adapt({ listen, api }: Pick<Snapshot, 'listen' | 'api'>): Promise<void> {
    if (stopped || open !== null || listen.api === null) return;
    try {
      await start(listen.api);
    } catch (error) {
      if (api.listenChosen || !(error instanceof OperatorError)) throw error;
      const { code, hint, message } = error;
      log.warn('the API is reached by its socket only', { code, hint, error: message });
    }
  }

  function inTurn(step: () => Promise<void>): Promise<void> {
    const done = turn.then(step);
    turn = done.catch(() => {});
    return done;
  }

  return {
    follow: (snapshot) => inTurn(() => adapt(snapshot)),
    address() {
      const place = open?.server.address() ?? null;
      if (place === null || typeof place === 'string') return null;
      return place.family === 'IPv6' ? `[${place.address}]:${place.port}` : `${place.address}:${place.port}`;
    },
    close() {
      stopped = true;
      return inTurn(async () => {
        const app = open;
        open = null;
        await app?.close();
      });
    },
  };
}
