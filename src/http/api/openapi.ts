import type { z } from 'zod';
import { OPERATOR_ERRORS, type OperatorErrorCode } from '../../domain/errors.ts';
import { isJsonObject, type Json, type JsonObject } from '../../domain/json.ts';
import { PROBE_ERRORS, probePaths } from '../probes.ts';
import { declaredErrors } from './declared-errors.ts';
import { createJsonSchemas, type JsonSchemas } from './json-schemas.ts';
import { problemAnswer } from './problem-schema.ts';
import { type Route, urlOf } from './route.ts';

/** How far a route reaches, for whoever holds a token that is limited to some instances. */
const REACH = {
  gateway: 'Closed to tokens that are limited to instances.',
  limited: 'Of a token that is limited to instances, only what belongs to them.',
  named: 'Open to tokens that are limited to instances, for what belongs to them.',
} as const;

/** What the operations of a document share. */
interface Shared {
  readonly schemas: JsonSchemas;
  readonly responses: Record<string, Json>;
}

/** The OpenAPI 3.1 document of the routes: every path, parameter, body and answer, errors included. */
export function openApiDocument(routes: readonly Route[]): JsonObject {
  const schemas = createJsonSchemas();
  const responses: Record<string, Json> = {};
  const shared = { schemas, responses };
  const paths: Record<string, Record<string, Json>> = {};
  for (const route of routes) {
    const path = urlOf(route).replaceAll(/:(\w+)\*?/g, '{$1}');
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: operationOf(route, shared) };
  }
  const refusals = Object.fromEntries(
    PROBE_ERRORS.map((code) => [
      String(OPERATOR_ERRORS[code].http),
      problemResponse(OPERATOR_ERRORS[code].http, [code], shared),
    ]),
  );
  const probes = probePaths(schemas, refusals);
  return {
    openapi: '3.1.1',
    info: {
      title: 'Ductile',
      version: '1',
      summary: 'The HTTP API of a Ductile gateway.',
      description:
        'Bodies are JSON. Errors are problem details (RFC 9457) with a stable `code`. Instants are RFC 3339 in UTC, spans are milliseconds. A method that a path does not have is answered with 405 and `Allow`; what is no HTTP, or too slow, or has too large headers, with 400, 408 or 431.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/', description: 'The gateway that serves this document.' }],
    security: [{ token: [] }],
    tags: [...new Set(routes.map(({ tag }) => tag))].toSorted().map((name) => ({ name })),
    paths: { ...paths, ...probes },
    components: {
      securitySchemes: {
        token: {
          type: 'http',
          scheme: 'bearer',
          description: 'A token with the scope that `x-scope` names; `ductile token create` makes one.',
        },
      },
      schemas: schemas.components(),
      responses: Object.fromEntries(Object.entries(responses).toSorted(([one], [other]) => (one < other ? -1 : 1))),
    },
  };
}

const IDEMPOTENCY_KEY = {
  name: 'Idempotency-Key',
  in: 'header',
  description:
    'Sent again within 24 hours with the same key, the request gets its first answer again, and nothing happens twice.',
  schema: { type: 'string', minLength: 1, maxLength: 255, pattern: '^[!-~]+$' },
} as const;

function operationOf(route: Route, shared: Shared): JsonObject {
  const { schemas } = shared;
  const { method, path, scope, reach, summary, tag, params, query, body } = route;
  const rest = /:(\w+)\*$/.exec(path)?.[1];
  const parameters = [
    ...parametersOf(params, 'path', schemas).map((parameter) =>
      parameter.name === rest
        ? { ...parameter, description: 'A slash in it may stand as it is, or as `%2F`.' }
        : parameter,
    ),
    ...parametersOf(query, 'query', schemas),
    ...(route.takesKey === true ? [IDEMPOTENCY_KEY] : []),
  ];
  return {
    operationId: operationId(method, path),
    summary,
    description: `Needs the scope \`${scope}\`. ${REACH[reach]}`,
    tags: [tag],
    'x-scope': scope,
    'x-reach': reach,
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(body === null ? {} : { requestBody: bodyOf(body, schemas) }),
    responses: responsesOf(route, shared),
  };
}

/** `POST /jobs/:id/cancel` is `postJobsByIdCancel`. */
function operationId(method: string, path: string): string {
  return `${method.toLowerCase()}${pascal(path.replaceAll(/:(\w+)\*?/g, 'by-$1'))}`;
}

function parametersOf(
  schema: z.ZodType,
  place: 'path' | 'query',
  schemas: JsonSchemas,
): ({ readonly name: string } & JsonObject)[] {
  const { properties = {}, required = [] } = schemas.of(schema, 'input');
  if (!isJsonObject(properties) || !Array.isArray(required)) throw new Error('parameters are an object');
  return Object.entries(properties).map(([name, written]) => ({
    name,
    in: place,
    ...(place === 'path' || required.includes(name) ? { required: true } : {}),
    schema: spelledOut(written),
  }));
}

/** The schema of something in a URL, which cannot be null: that is left to who leaves it out. */
function spelledOut(schema: Json): Json {
  if (!isJsonObject(schema)) return schema;
  const { anyOf, type, default: fallback, ...rest } = schema;
  const branches = Array.isArray(anyOf)
    ? anyOf.filter((branch) => !isJsonObject(branch) || branch['type'] !== 'null')
    : [];
  const [only, ...others] = branches;
  return {
    ...rest,
    ...(Array.isArray(type) ? { type: type.filter((one) => one !== 'null')[0] ?? 'string' } : {}),
    ...(type !== undefined && !Array.isArray(type) ? { type } : {}),
    ...(others.length > 0 ? { anyOf: branches } : isJsonObject(only) ? only : {}),
    ...(fallback === undefined || fallback === null ? {} : { default: fallback }),
  };
}

function bodyOf(schema: z.ZodType, schemas: JsonSchemas): JsonObject {
  const written = schemas.of(schema, 'input');
  const required = Array.isArray(written['required']) && written['required'].length > 0;
  return { required, content: { 'application/json': { schema: written } } };
}

function responsesOf(route: Route, document: Shared): JsonObject {
  const { schemas } = document;
  const responses = new Map<number, Json>();
  const errors = Map.groupBy(declaredErrors(route), (code): number => OPERATOR_ERRORS[code].http);
  for (const [key, { means, schema, contentType }] of Object.entries(route.answers)) {
    const status = Number(key);
    const codes = errors.get(status) ?? [];
    const content = { [contentType ?? 'application/json']: { schema: schemas.of(schema, 'output') } };
    const problem = codes.length === 0 ? {} : problemContent(codes, schemas);
    responses.set(status, {
      description: [means, ...codes.map(meaning)].join('\n\n'),
      content: { ...content, ...problem },
    });
  }
  for (const [status, codes] of errors) {
    if (!responses.has(status)) responses.set(status, problemResponse(status, codes, document));
  }
  const inOrder = [...responses].toSorted(([one], [other]) => one - other);
  return Object.fromEntries(inOrder.map(([status, response]) => [String(status), response]));
}

/** A response that only errors have; routes that end in the same ones share it. */
function problemResponse(
  status: number,
  codes: readonly OperatorErrorCode[],
  { schemas, responses }: Shared,
): JsonObject {
  const name = codes.toSorted().map(pascal).join('Or');
  responses[name] ??= {
    description: codes.map(meaning).join('\n\n'),
    ...headersOf(status),
    content: problemContent(codes, schemas),
  };
  return { $ref: `#/components/responses/${name}` };
}

function pascal(words: string): string {
  return words
    .split(/[^A-Za-z0-9]+/)
    .map((word) => `${word.charAt(0).toUpperCase()}${word.slice(1)}`)
    .join('');
}

function meaning(code: OperatorErrorCode): string {
  return `\`${code}\`: ${OPERATOR_ERRORS[code].means}`;
}

function problemContent(codes: readonly OperatorErrorCode[], schemas: JsonSchemas): JsonObject {
  const schema = { allOf: [schemas.of(problemAnswer, 'output')], properties: { code: { enum: codes.toSorted() } } };
  return { 'application/problem+json': { schema } };
}

function headersOf(status: number): JsonObject {
  const header = (name: string, description: string): JsonObject => ({
    headers: { [name]: { description, schema: { type: 'string' } } },
  });
  if (status === 401) return header('WWW-Authenticate', 'How to say who is asking.');
  if (status === 503) return header('Retry-After', 'Seconds after which to try again.');
  return {};
}
