import { Ajv2020 } from 'ajv/dist/2020.js';
import { z } from 'zod';
import { isJsonObject, type Json, type JsonObject } from '../../src/domain/json.ts';

/** What may be sent in a path, a query or a header. */
export interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header';
  readonly required: boolean;
  readonly schema: JsonObject;
}

/** What is said of a status. */
export interface Response {
  readonly description: string;
  /** Media types that the body may have. */
  readonly types: readonly string[];
  /** What is wrong with a body of that type; null: nothing. */
  wrong(type: string, body: unknown): string | null;
}

/** An operation as a reader of the document knows it. */
export interface Operation {
  readonly id: string;
  readonly method: string;
  readonly path: string;
  /** Null: anybody may. */
  readonly scope: string | null;
  readonly parameters: readonly Parameter[];
  readonly body: { readonly required: boolean; readonly schema: JsonObject } | null;
  readonly responses: ReadonlyMap<number, Response>;
}

/** An OpenAPI document, read without any knowledge of the code that made it. */
export interface ApiDocument {
  readonly operations: readonly Operation[];
  /** A schema without a `$ref` at its top. */
  resolve(schema: JsonObject): JsonObject;
}

const ROOT = 'https://ductile.test/openapi.json';
const object = z.record(z.string(), z.json());
const operationShape = z.object({
  operationId: z.string(),
  'x-scope': z.string().optional(),
  parameters: z
    .array(
      z.object({
        name: z.string(),
        in: z.enum(['path', 'query', 'header']),
        required: z.boolean().default(false),
        schema: object,
      }),
    )
    .default([]),
  requestBody: z
    .object({ required: z.boolean(), content: z.object({ 'application/json': z.object({ schema: object }) }) })
    .optional(),
  responses: z.record(z.string(), object),
});
const responseShape = z.object({ description: z.string(), content: z.record(z.string(), object) });

/** Reads a document; throws when it is not of the form that readers expect. */
export function apiDocument(document: JsonObject): ApiDocument {
  const ajv = new Ajv2020({ strict: false, logger: false, validateFormats: false, validateSchema: false });
  ajv.addSchema(document, ROOT);

  function at(pointer: string): Json {
    const keys = pointer
      .split('/')
      .slice(1)
      .map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'));
    return keys.reduce<Json>((value, key) => {
      const inner = isJsonObject(value) ? value[key] : undefined;
      if (inner === undefined) throw new Error(`nothing at ${pointer}`);
      return inner;
    }, document);
  }

  function resolved(pointer: string): string {
    const { $ref } = object.parse(at(pointer));
    return typeof $ref === 'string' ? resolved($ref.slice(1)) : pointer;
  }

  function responseAt(pointer: string): Response {
    const place = resolved(pointer);
    const { description, content } = responseShape.parse(at(place));
    return {
      description,
      types: Object.keys(content),
      wrong(type, body) {
        const check = ajv.getSchema(`${ROOT}#${place}/content/${escaped(type)}/schema`);
        if (check === undefined) return `no schema for ${type}`;
        return check(body) === true ? null : ajv.errorsText(check.errors);
      },
    };
  }

  function operationAt(path: string, method: string): Operation {
    const pointer = `/paths/${escaped(path)}/${method}`;
    const read = operationShape.parse(at(pointer));
    return {
      id: read.operationId,
      method: method.toUpperCase(),
      path,
      scope: read['x-scope'] ?? null,
      parameters: read.parameters,
      body:
        read.requestBody === undefined
          ? null
          : { required: read.requestBody.required, schema: read.requestBody.content['application/json'].schema },
      responses: new Map(
        Object.keys(read.responses).map((status) => [Number(status), responseAt(`${pointer}/responses/${status}`)]),
      ),
    };
  }

  const paths = object.parse(document['paths']);
  return {
    operations: Object.entries(paths).flatMap(([path, methods]) =>
      Object.keys(object.parse(methods)).map((method) => operationAt(path, method)),
    ),
    resolve(schema) {
      const { $ref } = schema;
      return typeof $ref === 'string' ? object.parse(at(resolved($ref.slice(1)))) : schema;
    },
  };
}

function escaped(key: string): string {
  return key.replaceAll('~', '~0').replaceAll('/', '~1');
}
