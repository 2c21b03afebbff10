import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Operations } from '../../engine/operations.ts';
import type { Caller } from './caller.ts';
import { goneSignal } from './gone.ts';
import type { Route } from './route.ts';

/** Finds out whom a request speaks for; throws OperatorError `unauthorized` where nobody may be. */
export type Access = (request: FastifyRequest) => Promise<Caller>;

/** Adds the routes of the table to a listener. */
export function mountRoutes(
  app: FastifyInstance,
  { routes, operations, access }: { routes: readonly Route[]; operations: Operations; access: Access },
): void {
  for (const { method, path, answer } of routes) {
    app.route({
      method,
      url: `/api/v1${path}`,
      async handler(request, reply) {
        const caller = await access(request);
        const { params, query, body, headers } = request;
        const answered = await answer(
          { params, query, body },
          { operations, caller, headers, gone: () => goneSignal(reply) },
        );
        return reply
          .status(answered.status)
          .headers(answered.headers ?? {})
          .send(answered.body);
      },
    });
  }
}
