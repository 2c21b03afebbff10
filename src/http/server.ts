import { STATUS_CODES } from 'node:http';
import fastify, { type FastifyInstance } from 'fastify';
import { OperatorError } from '../domain/errors.ts';
import type { Operations } from '../engine/operations.ts';
import type { Log } from '../platform/log.ts';
import { addApiRoutes, type Caller } from './api/routes.ts';

/** Largest body of a request to the API, in bytes. */
const MAX_BODY_BYTES = 2 * 1_048_576;

/** An error as every interface tells it (RFC 9457 problem details). */
export interface ProblemDetails {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly code: string;
  readonly hint: string | null;
  readonly location: { readonly file: string; readonly line: number; readonly column: number } | null;
}

/** The API over the operations, not yet listening. */
export function createApi(options: { operations: Operations; caller: Caller; log: Log }): FastifyInstance {
  const app = fastify({ logger: false, bodyLimit: MAX_BODY_BYTES, forceCloseConnections: true });
  app.setErrorHandler((error, _request, reply) => {
    const problem = problemOf(error);
    if (problem.status >= 500 && problem.code === 'internal') {
      options.log.error('a request ended in a bug', { error: error instanceof Error ? error.stack : String(error) });
    }
    if (problem.status === 503) reply.header('retry-after', '1');
    return reply.status(problem.status).type('application/problem+json').send(problem);
  });
  app.setNotFoundHandler((request, reply) => {
    const problem = problemOf(new OperatorError('not_found', `there is no ${request.method} ${request.url}`));
    return reply.status(404).type('application/problem+json').send(problem);
  });
  app.get('/healthz', () => ({ status: 'ok' }));
  addApiRoutes(app, options.operations, options.caller);
  return app;
}

/** Any error as problem details; what is not an operator error tells nothing of its inside. */
export function problemOf(error: unknown): ProblemDetails {
  const known = error instanceof OperatorError ? error : fromFramework(error);
  const status = known.httpStatus;
  return {
    type: 'about:blank',
    title: STATUS_CODES[status] ?? 'Error',
    status,
    detail: known.message,
    code: known.code,
    hint: known.hint,
    location: known.location,
  };
}

function fromFramework(error: unknown): OperatorError {
  const code = error instanceof Error && 'code' in error ? error.code : null;
  switch (code) {
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return new OperatorError('invalid_payload', `the body is larger than ${MAX_BODY_BYTES} bytes`);
    case 'FST_ERR_CTP_INVALID_JSON_BODY':
    case 'FST_ERR_CTP_EMPTY_JSON_BODY':
      return new OperatorError('invalid_payload', 'the body is not valid JSON');
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
      return new OperatorError('usage', 'the body must be application/json');
    default:
      return new OperatorError('internal', 'an unexpected error; the log has it', { cause: error });
  }
}
