import fastify, { type FastifyInstance, type FastifyReply } from 'fastify';
import type { Operations } from '../engine/operations.ts';
import type { Log } from '../platform/log.ts';
import { CLI } from './api/caller.ts';
import { checksAnswers } from './api/check-answer.ts';
import { maskedAnswer } from './api/masked-answer.ts';
import { mountRoutes } from './api/mount.ts';
import { ROUTES } from './api/routes.ts';
import type { Guard } from './guard.ts';
import { addProbes } from './probes.ts';
import { problemOf } from './problem.ts';
import { refuseBroken } from './refuse-broken.ts';
import { makeStrict, SECURITY_HEADERS } from './strictness.ts';

/** Largest body of a request to the API, in bytes. */
const MAX_BODY_BYTES = 2 * 1_048_576;

/** Of clients that are not on the socket: slow ones are gone within 35 s. Node looks for them at an interval. */
const BOUNDS = {
  http: { headersTimeout: 10_000, connectionsCheckingInterval: 5_000, maxHeaderSize: 16_384 },
  requestTimeout: 30_000,
  keepAliveTimeout: 5_000,
};

/** What the API is made of. */
export interface ApiOptions {
  readonly operations: Operations;
  readonly log: Log;
  /** Of a listener that others reach; missing: whoever reaches it may do everything, as on the socket. */
  readonly guard?: Guard;
  /** Of the process: whether answers are checked, see `checksAnswers`. */
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** The API over the operations, not yet listening: thin translations between JSON and the operations. */
export function createApi(options: ApiOptions): FastifyInstance {
  const { operations, log, environment, guard = null } = options;

  function refuse(error: unknown, reply: FastifyReply): FastifyReply {
    const problem = problemOf(error);
    const text = maskedAnswer(problem, operations.snapshot().redactor);
    if (problem.code === 'internal') {
      log.error('a request ended in a bug', { error: error instanceof Error ? error.stack : String(error) });
    }
    if (problem.status === 503) reply.header('retry-after', '1');
    return reply.status(problem.status).type('application/problem+json').send(text);
  }

  const app = fastify({
    logger: false,
    bodyLimit: MAX_BODY_BYTES,
    forceCloseConnections: true,
    ...(guard === null ? {} : BOUNDS),
    clientErrorHandler: refuseBroken,
    // They come before any hook; what is wrong with a path is told to nobody without a token either.
    frameworkErrors(error, request, reply) {
      reply.headers(SECURITY_HEADERS);
      void (guard?.check(request, reply) ?? Promise.resolve()).then(
        () => refuse(error, reply),
        (refused: unknown) => refuse(refused, reply),
      );
    },
  });
  app.setErrorHandler((error, _request, reply) => refuse(error, reply));
  app.addHook('onRequest', async (_request, reply) => {
    reply.headers(SECURITY_HEADERS);
  });
  // First: what there is and is not is told to nobody without a token.
  if (guard !== null) app.addHook('onRequest', (request, reply) => guard.check(request, reply));
  makeStrict(app, ROUTES);
  addProbes(app, operations);
  mountRoutes(app, {
    routes: ROUTES,
    operations,
    access: guard?.access ?? (async () => CLI),
    checkAnswers: checksAnswers(environment),
  });
  return app;
}
