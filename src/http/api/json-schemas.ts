import { z } from 'zod';
import { isJsonObject, type Json, type JsonObject } from '../../domain/json.ts';

/** JSON Schemas of one document; those with an id are written once, under `components/schemas`. */
export interface JsonSchemas {
  /** What may be sent, and what is sent back. Throws when two different schemas have one id. */
  of(schema: z.ZodType, io: 'input' | 'output'): JsonObject;
  /** Those with an id that were met so far, by it. */
  components(): JsonObject;
}

const COMPONENTS = '#/components/schemas/';

/** Schemas of a document that begins without any. */
export function createJsonSchemas(): JsonSchemas {
  const components = new Map<string, Json>();
  const made = { input: new Map<z.ZodType, JsonObject>(), output: new Map<z.ZodType, JsonObject>() };

  function keep(id: string, schema: Json): void {
    const known = components.get(id);
    if (known !== undefined && JSON.stringify(known) !== JSON.stringify(schema)) {
      throw new Error(`two schemas have the id ${id}`);
    }
    components.set(id, schema);
  }

  function written(schema: z.ZodType, io: 'input' | 'output'): JsonObject {
    const { $schema: _dialect, $defs = {}, ...own } = toJson(schema, io);
    for (const [id, definition] of Object.entries(isJsonObject($defs) ? $defs : {})) keep(id, referring(definition));
    const referred = referring(own);
    return isJsonObject(referred) ? referred : {};
  }

  return {
    of(schema, io) {
      const known = made[io].get(schema);
      if (known !== undefined) return known;
      const json = written(schema, io);
      made[io].set(schema, json);
      return json;
    },
    components: () => Object.fromEntries([...components].toSorted(([one], [other]) => (one < other ? -1 : 1))),
  };
}

function toJson(schema: z.ZodType, io: 'input' | 'output'): JsonObject {
  const written: Json = JSON.parse(
    JSON.stringify(
      z.toJSONSchema(schema, {
        io,
        unrepresentable: 'any',
        override({ jsonSchema }) {
          // The range in which JavaScript is exact says nothing about the field.
          if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum;
          if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
        },
      }),
    ),
  );
  if (!isJsonObject(written)) throw new Error('a schema is an object');
  return written;
}

/** The same schema with references into the document. */
function referring(value: Json): Json {
  if (Array.isArray(value)) return value.map(referring);
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, inner]): [string, Json][] => {
      // The id says the name, which the place of the schema says already.
      if (key === 'id' && typeof inner === 'string') return [];
      if (key === '$ref' && typeof inner === 'string') return [[key, inner.replace('#/$defs/', COMPONENTS)]];
      return [[key, referring(inner)]];
    }),
  );
}
