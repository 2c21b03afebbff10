import fastify, { type FastifyInstance, type FastifyReply } from 'fastify';
import type { Operations } from '../engine/operations.ts';
import type { Log } from '../platform/log.ts';
import type { Caller } from './api/caller.ts';
import { checksAnswers } from './api/check-answer.ts';
import { mountRoutes } from './api/mount.ts';
import { ROUTES } from './api/routes.ts';
import { addProbes } from './probes.ts';
import { problemOf } from './problem.ts';
import { makeStrict, SECURITY_HEADERS } from './strictness.ts';

/** Largest body of a request to the API, in bytes. */
const MAX_BODY_BYTES = 2 * 1_048_576;

/** What the API is made of. */
export interface ApiOptions {
  readonly operations: Operations;
  readonly caller: Caller;
  readonly log: Log;
  /** Of the process: whether answers are checked, see `checksAnswers`. */
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** The API over the operations, not yet listening: thin translations between JSON and the operations. */
export function createApi(options: ApiOptions): FastifyInstance {
  const { operations, caller, log, environment } = options;

  function refuse(error: unknown, reply: FastifyReply): FastifyReply {
    const problem = problemOf(error);
    if (problem.code === 'internal') {
      log.error('a request ended in a bug', { error: error instanceof Error ? error.stack : String(error) });
    }
    if (problem.status === 503) reply.header('retry-after', '1');
    return reply.status(problem.status).type('application/problem+json').send(JSON.stringify(problem));
  }

  const app = fastify({
    logger: false,
    bodyLimit: MAX_BODY_BYTES,
    forceCloseConnections: true,
    // They come before any hook.
    frameworkErrors: (error, _request, reply) => refuse(error, reply.headers(SECURITY_HEADERS)),
  });
  app.setErrorHandler((error, _request, reply) => refuse(error, reply));
  makeStrict(app, ROUTES);
  addProbes(app, operations);
  mountRoutes(app, {
    routes: ROUTES,
    operations,
    access: async () => caller,
    checkAnswers: checksAnswers(environment),
  });
  return app;
}
