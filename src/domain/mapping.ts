import type { Evaluated } from './condition.ts';
import { MAX_RESULT, type Means, newMeter } from './condition-run.ts';
import { isJsonObject, type Json } from './json.ts';
import { utf8Bytes } from './json-size.ts';
import { compileTemplate, evaluateTemplate, type Template } from './mapping-template.ts';

/** A compiled JSON value whose strings may hold `${{ … }}`. */
export type Mapping =
  | { readonly kind: 'literal'; readonly value: Json; readonly bytes: number }
  | { readonly kind: 'template'; readonly template: Template }
  | { readonly kind: 'list'; readonly items: readonly Mapping[] }
  | { readonly kind: 'object'; readonly entries: readonly (readonly [string, Mapping])[] };

/** An expression of a mapping that does not compile. */
export interface MappingFailure {
  /** Keys and positions from the root of the mapping to the string. */
  readonly path: readonly string[];
  readonly message: string;
  /** UTF-16 offset into that string. */
  readonly offset: number;
}

/** Compiles every string in `json`, at any depth, or tells every failure. Keys are taken as they are written. */
export function compileMapping(
  json: Json,
  scope: readonly string[],
):
  | { readonly ok: true; readonly mapping: Mapping }
  | { readonly ok: false; readonly failures: readonly MappingFailure[] } {
  const failures: MappingFailure[] = [];
  const mapping = compile(json, [], { scope, failures });
  return failures.length === 0 ? { ok: true, mapping } : { ok: false, failures };
}

interface Compilation {
  readonly scope: readonly string[];
  readonly failures: MappingFailure[];
}

function compile(json: Json, path: readonly string[], compilation: Compilation): Mapping {
  if (Array.isArray(json)) {
    return { kind: 'list', items: json.map((item: Json, at) => compile(item, [...path, String(at)], compilation)) };
  }
  if (isJsonObject(json)) {
    const entries = Object.entries(json);
    return {
      kind: 'object',
      entries: entries.map(([key, item]) => [key, compile(item, [...path, key], compilation)] as const),
    };
  }
  if (typeof json !== 'string') return literal(json);
  const compiled = compileTemplate(json, compilation.scope);
  if (!compiled.ok) {
    compilation.failures.push({ path, message: compiled.message, offset: compiled.offset });
    return literal(json);
  }
  const { template } = compiled;
  return template.parts.every((part) => typeof part === 'string') ? literal(json) : { kind: 'template', template };
}

function literal(value: Json): Mapping {
  return { kind: 'literal', value, bytes: utf8Bytes(JSON.stringify(value)) };
}

/** The mapping with its expressions evaluated, all of them on one meter; at most 1 MiB of JSON. */
export function evaluateMapping(
  mapping: Mapping,
  values: Readonly<Record<string, Json>>,
  means: Means = { meter: newMeter() },
): Evaluated<Json> {
  switch (mapping.kind) {
    case 'literal':
      means.meter.bytes -= mapping.bytes;
      if (means.meter.bytes < 0) return { ok: false, message: `the result is larger than ${MAX_RESULT} bytes` };
      return { ok: true, value: mapping.value };
    case 'template':
      return evaluateTemplate(mapping.template, values, means);
    case 'list': {
      const items: Json[] = [];
      for (const item of mapping.items) {
        const result = evaluateMapping(item, values, means);
        if (!result.ok) return result;
        items.push(result.value);
      }
      return { ok: true, value: items };
    }
    case 'object': {
      const entries: [string, Json][] = [];
      for (const [key, item] of mapping.entries) {
        const result = evaluateMapping(item, values, means);
        if (!result.ok) return { ok: false, message: `${key}: ${result.message}` };
        entries.push([key, result.value]);
      }
      return { ok: true, value: Object.fromEntries(entries) };
    }
  }
}
