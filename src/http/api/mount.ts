import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { Operations } from '../../engine/operations.ts';
import type { Caller } from './caller.ts';
import { checkAnswer, checkedError } from './check-answer.ts';
import { goneSignal } from './gone.ts';
import { maskedAnswer } from './masked-answer.ts';
import { type Answer, type Route, urlOf } from './route.ts';

/** Finds out whom a request speaks for; throws OperatorError `unauthorized` where nobody may be. */
export type Access = (request: FastifyRequest) => Promise<Caller>;

/** A last parameter that takes the rest of the path. */
const REST = /:(\w+)\*$/;

const JSON_TYPE = 'application/json';

/** What routes are mounted with. */
export interface Mounting {
  readonly routes: readonly Route[];
  readonly operations: Operations;
  readonly access: Access;
  /** True: an answer or an error that its route does not declare is a bug. For tests; it costs time. */
  readonly checkAnswers: boolean;
}

/** True when a route may be asked for its head alone: nobody would read a stream that was made for it, nor end it. */
export function hasHead({ method, answers }: Pick<Route, 'method' | 'answers'>): boolean {
  return method === 'GET' && Object.values(answers).every(({ contentType }) => contentType === undefined);
}

/** Adds the routes of the table to a listener. */
export function mountRoutes(app: FastifyInstance, { routes, operations, access, checkAnswers }: Mounting): void {
  const callers = new WeakMap<FastifyRequest, Caller>();

  async function answer(route: Route, request: FastifyRequest, reply: FastifyReply): Promise<Answer> {
    const caller = callers.get(request) ?? (await access(request));
    const { query, body, headers } = request;
    const params = paramsOf(route, request.params);
    const context = { operations, caller, headers, gone: () => goneSignal(reply, caller) };
    if (!checkAnswers) return route.answer({ params, query, body }, context);
    try {
      const answered = await route.answer({ params, query, body }, context);
      checkAnswer(route, answered);
      return answered;
    } catch (error) {
      throw checkedError(route, error);
    }
  }

  for (const route of routes) {
    app.route({
      method: route.method,
      exposeHeadRoute: hasHead(route),
      url: urlOf(route).replace(REST, '*'),
      // Before the body is read: nobody unknown has the gateway read 2 MiB.
      async onRequest(request) {
        callers.set(request, await access(request));
      },
      async handler(request, reply) {
        const { status, headers = {}, body, exact = false } = await answer(route, request, reply);
        const answered = reply.status(status).headers(headers);
        if (exact || (route.answers[status]?.contentType ?? JSON_TYPE) !== JSON_TYPE) return answered.send(body);
        const { redactor } = operations.snapshot();
        return answered.type(`${JSON_TYPE}; charset=utf-8`).send(maskedAnswer(body, redactor));
      },
    });
  }
}

/** Parameters with the rest of the path under its name. */
function paramsOf({ path }: Route, params: unknown): unknown {
  const rest = REST.exec(path)?.[1];
  if (rest === undefined) return params;
  const { '*': value = '', ...others } = z.record(z.string(), z.string()).parse(params);
  return { ...others, [rest]: value };
}
