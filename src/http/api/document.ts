import { z } from 'zod';
import type { JsonObject } from '../../domain/json.ts';
import { openApiDocument } from './openapi.ts';
import { NOTHING, type Route, route } from './route.ts';

/** `/openapi.json`: the document of all routes, this one too; made when somebody first asks. */
export function documentRoute(routes: () => readonly Route[]): Route {
  let made: JsonObject | null = null;
  return route({
    method: 'GET',
    path: '/openapi.json',
    scope: 'read',
    reach: 'limited',
    summary: 'Describes the API: this document, in OpenAPI 3.1.',
    tag: 'gateway',
    params: NOTHING,
    query: NOTHING,
    body: null,
    answers: { 200: { means: 'The document.', schema: z.looseObject({ openapi: z.string() }) } },
    errors: [],
    async handle() {
      made ??= openApiDocument(routes());
      // It speaks of tokens and keys, and holds none.
      return { status: 200, body: made, exact: true };
    },
  });
}
