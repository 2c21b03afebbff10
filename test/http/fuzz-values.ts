import fc from 'fast-check';
import { isJsonObject, type Json, type JsonObject } from '../../src/domain/json.ts';
import type { ApiDocument } from './document.ts';

/** Values that mean something to the gateway under test, by the name of the field or parameter that takes them. */
export type Known = Readonly<Record<string, readonly string[]>>;

/** Draws values for schemas of a document. */
export interface Values {
  /** What a schema allows; texts are known ones more often than not. */
  fitting(schema: JsonObject, name: string): fc.Arbitrary<Json>;
  /** An object that fits but for one field that is missing, wrong or too many. */
  almost(schema: JsonObject, name: string): fc.Arbitrary<Json>;
}

const LONG = 'x'.repeat(5_000);

/** Texts that have hurt other programs. */
export const NASTY_TEXTS = [
  ...['', ' ', '0', '-1', '1e999', 'null', 'undefined', 'NaN', 'true', '[object Object]', '__proto__', 'constructor'],
  ...['\u0000', 'a\u0000b', '\ud800', '\u202e', '\r\nx-injected: 1', "' OR 1=1 --", '%s%n', '${jndi:x}', '{{7*7}}'],
  ...['*', '%', '_', '\\', '"', '..', '../x', '9'.repeat(400), LONG],
];

/** Any JSON that is out of place somewhere. */
export const NASTY: fc.Arbitrary<Json> = fc.oneof(
  fc.constantFrom<Json>(null, true, 0, -1, 1.5, 1e308, -1e308, 2 ** 53, [], {}, [[[]]], { a: null }, ...NASTY_TEXTS),
  fc.jsonValue({ maxDepth: 4 }).map(asJson),
);

/** Values for the schemas of a document. */
export function valuesOf(document: ApiDocument, known: Known): Values {
  function fitting(written: JsonObject, name: string): fc.Arbitrary<Json> {
    const schema = document.resolve(written);
    const { anyOf, oneOf, type } = schema;
    if ('const' in schema) return fc.constant(asJson(schema['const']));
    if (Array.isArray(schema['enum'])) return fc.constantFrom(...schema['enum'].map(asJson));
    const branches = Array.isArray(anyOf) ? anyOf : Array.isArray(oneOf) ? oneOf : [];
    if (branches.length > 0) return fc.oneof(...branches.filter(isJsonObject).map((branch) => fitting(branch, name)));
    if (Array.isArray(type)) return fc.oneof(...type.map((one) => fitting({ ...schema, type: one }, name)));
    const { minimum, maximum } = schema;
    switch (type) {
      case 'null':
        return fc.constant(null);
      case 'boolean':
        return fc.boolean();
      case 'integer':
        return fc.integer({ min: numberOr(minimum, -1_000), max: numberOr(maximum, 1_000) });
      case 'number':
        return fc.double({ min: numberOr(minimum, -1e6), max: numberOr(maximum, 1e6), noNaN: true });
      case 'string':
        return texts(schema, name);
      case 'array': {
        const { items, minItems, maxItems } = schema;
        const length = { minLength: numberOr(minItems, 0), maxLength: Math.min(numberOr(maxItems, 4), 4) };
        return fc.array(fitting(isJsonObject(items) ? items : {}, name), length);
      }
      case 'object':
        return objects(schema, name);
      default:
        return fc.jsonValue({ maxDepth: 3 }).map(asJson);
    }
  }

  function texts(schema: JsonObject, name: string): fc.Arbitrary<Json> {
    const { format, pattern, minLength, maxLength } = schema;
    const pool = known[name] ?? [];
    const free =
      format === 'date-time'
        ? fc
            .date({ min: new Date('2020-01-01'), max: new Date('2035-01-01'), noInvalidDate: true })
            .map((date) => date.toISOString())
        : typeof pattern === 'string'
          ? fc.stringMatching(new RegExp(pattern))
          : fc.string({ minLength: numberOr(minLength, 0), maxLength: Math.min(numberOr(maxLength, 30), 30) });
    return pool.length === 0
      ? free
      : fc.oneof({ arbitrary: fc.constantFrom(...pool), weight: 5 }, { arbitrary: free, weight: 1 });
  }

  function objects({ properties, required, additionalProperties }: JsonObject, name: string): fc.Arbitrary<Json> {
    if (!isJsonObject(properties)) {
      const inner = isJsonObject(additionalProperties) ? additionalProperties : {};
      return fc.dictionary(fc.string({ maxLength: 8 }), fitting(inner, name), { maxKeys: 3 }).map(asJson);
    }
    const fields = Object.entries(properties).filter((field): field is [string, JsonObject] => isJsonObject(field[1]));
    const arbitraries = Object.fromEntries(fields.map(([key, field]) => [key, fitting(field, key)]));
    const requiredKeys = Array.isArray(required) ? required.map(String) : [];
    return fc.record(arbitraries, { requiredKeys }).map(asJson);
  }

  return {
    fitting,
    almost(schema, name) {
      const change = fc.record({ kind: fc.constantFrom('drop', 'change', 'add'), at: fc.nat(20), to: NASTY });
      return fc.tuple(fitting(schema, name), change).map(([value, { kind, at, to }]) => {
        if (!isJsonObject(value)) return to;
        const keys = Object.keys(value);
        const key = keys[at % Math.max(1, keys.length)] ?? 'x';
        if (kind === 'drop') return Object.fromEntries(Object.entries(value).filter(([name]) => name !== key));
        return { ...value, [kind === 'change' ? key : `x${at}`]: to };
      });
    },
  };
}

function numberOr(value: Json | undefined, otherwise: number): number {
  return typeof value === 'number' ? value : otherwise;
}

/** A value as it arrives: `-0` and what JSON has not are gone. */
function asJson(value: unknown): Json {
  return JSON.parse(JSON.stringify(value));
}
