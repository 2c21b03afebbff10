import { Ajv2020, type ErrorObject, type ValidateFunction } from 'ajv/dist/2020.js';
import { RE2JS } from 're2js';
import { excerpt, quote } from './excerpt.ts';
import { isJsonObject, type Json, type JsonObject } from './json.ts';

/** Checks one payload: null when it fits, else what does not, with a JSON pointer. */
export type SchemaCheck = (value: Json) => string | null;

/** A compiled JSON Schema, or why it does not compile. */
export type CompiledSchema =
  | { readonly ok: true; readonly check: SchemaCheck }
  | { readonly ok: false; readonly message: string };

const DIALECT = 'https://json-schema.org/draft/2020-12/schema';
const compiled = new WeakMap<JsonObject, CompiledSchema>();

/**
 * Compiles a JSON Schema (draft 2020-12) of a payload, once per schema object. `format` is not checked, unknown keywords
 * are ignored, nothing is fetched, and patterns are linear-time (RE2). The check says things like
 * `/payload/kg must be number`.
 */
export function compileSchema(schema: JsonObject): CompiledSchema {
  const known = compiled.get(schema);
  if (known !== undefined) return known;
  const fresh = compile(schema);
  compiled.set(schema, fresh);
  return fresh;
}

/** Knows the meta-schema, which takes long to compile; serves all schemas. */
const dialect = new Ajv2020({ strict: false, logger: false, validateFormats: false });

/** Serves one schema, so that two of them may use one `$id` and neither outlives its manifest. */
function compiler(): Ajv2020 {
  return new Ajv2020({
    strict: false,
    logger: false,
    meta: false,
    validateSchema: false,
    validateFormats: false,
    // A payload's own keys count, not what every object inherits.
    ownProperties: true,
    code: { regExp: Object.assign(linearTime, { code: 'linearTime' }) },
  });
}

function compile(schema: JsonObject): CompiledSchema {
  const written = schema.$schema ?? DIALECT;
  if (written !== DIALECT && written !== `${DIALECT}#`) {
    return {
      ok: false,
      message: `$schema is ${quote(String(written))}; only draft 2020-12 is read: leave $schema out`,
    };
  }
  if ('$async' in schema) return { ok: false, message: '$async is not a keyword of JSON Schema' };
  try {
    if (dialect.validateSchema(schema) !== true) return { ok: false, message: firstError(dialect.errors, '') };
    const validate = compiler().compile(schema);
    return { ok: true, check: (value) => checked(validate, value) };
  } catch (error) {
    return { ok: false, message: messageOf(error) };
  }
}

function checked(validate: ValidateFunction, value: Json): string | null {
  try {
    return validate(value) ? null : firstError(validate.errors, '/payload');
  } catch (error) {
    // A schema that refers to itself without descending into the value never ends.
    return `/payload cannot be checked: ${messageOf(error)}`;
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** JavaScript's own engine takes exponential time on some patterns, and the text comes from outside. */
function linearTime(pattern: string): { test: (text: string) => boolean; toString: () => string } {
  const program = RE2JS.compile(RE2JS.translateRegExp(pattern));
  // The compiler tells one pattern from another by this text.
  return { test: (text) => program.matcher(text).find(), toString: () => pattern };
}

function firstError(errors: readonly ErrorObject[] | null | undefined, root: string): string {
  const [first] = errors ?? [];
  return first === undefined ? `${root} does not fit its schema` : describe(first, root);
}

function describe({ instancePath, keyword, message, params }: ErrorObject, root: string): string {
  const place = `${root}${excerpt(instancePath)}` || 'the schema';
  const details: unknown = params;
  if (isJsonObject(details)) {
    const extra = details.additionalProperty ?? details.unevaluatedProperty;
    if (typeof extra === 'string') return `${place} must not have the property ${quote(extra)}`;
    const allowed = details.allowedValues;
    if (Array.isArray(allowed))
      return `${place} must be one of ${excerpt(allowed.map((one) => JSON.stringify(one)).join(', '))}`;
    if (keyword === 'const') return `${place} must be ${excerpt(JSON.stringify(details.allowedValue))}`;
  }
  return `${place} ${message ?? `does not fit ${keyword}`}`;
}
