import { z } from 'zod';
import { isJsonObject, type Json, type JsonObject } from '../json.ts';
import { configSchema } from './root.ts';

/** A text that is exactly one `${…}`, which takes the type of its key; or holds one, where text is wanted. */
const LONE = '^\\$\\{[^{}][^}]*\\}$';
const HOLDING = '\\$\\{[^{}][^}]*\\}';

/** The JSON Schema (draft 2020-12) of the configuration as written, for editors; ends in a newline. */
export function renderConfigSchema(): string {
  const { $schema, ...rest } = plainConfigSchema();
  const schema = { $schema: $schema ?? null, title: 'Ductile configuration', ...allowInterpolation(rest) };
  return `${JSON.stringify(schema, null, 2)}\n`;
}

/** The schema without the `${…}` that may stand for any scalar: what the reference is made from. */
export function plainConfigSchema(): JsonObject {
  const schema = z.toJSONSchema(configSchema, { io: 'input', reused: 'inline', unrepresentable: 'any' });
  const json: unknown = JSON.parse(JSON.stringify(schema));
  return isJsonObject(json) ? json : {};
}

/** The same schema in which a `${…}` is accepted wherever a scalar is restricted. */
function allowInterpolation(schema: JsonObject): JsonObject {
  const { 'x-kind': _, ...rest } = mapValues(schema, (value, key) => allowInside(key, value));
  if (!isRestrictedScalar(rest)) return rest;
  const filled = { type: 'string', pattern: rest['type'] === 'string' ? HOLDING : LONE };
  return { ...annotations(rest), anyOf: [constraints(rest), filled] };
}

/** Schemas stand under some keywords directly, under `properties` by name. */
function allowInside(key: string, value: Json): Json {
  if (key === 'properties' && isJsonObject(value)) {
    return mapValues(value, (inner) => (isJsonObject(inner) ? allowInterpolation(inner) : inner));
  }
  if ((key === 'items' || key === 'additionalProperties') && isJsonObject(value)) return allowInterpolation(value);
  if (key !== 'anyOf' || !Array.isArray(value)) return value;
  return value.map((inner: Json) => (isJsonObject(inner) ? allowInterpolation(inner) : inner));
}

function isRestrictedScalar(schema: JsonObject): boolean {
  if (schema['type'] === 'string') return schema['pattern'] !== undefined || schema['enum'] !== undefined;
  return schema['type'] === 'integer' || schema['type'] === 'number' || schema['type'] === 'boolean';
}

const ANNOTATIONS: ReadonlySet<string> = new Set(['description', 'default']);

function annotations(schema: JsonObject): JsonObject {
  return filterKeys(schema, (key) => ANNOTATIONS.has(key));
}

function constraints(schema: JsonObject): JsonObject {
  return filterKeys(schema, (key) => !ANNOTATIONS.has(key));
}

function mapValues(schema: JsonObject, change: (value: Json, key: string) => Json): JsonObject {
  return Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, change(value, key)]));
}

function filterKeys(schema: JsonObject, keep: (key: string) => boolean): JsonObject {
  return Object.fromEntries(Object.entries(schema).filter(([key]) => keep(key)));
}
