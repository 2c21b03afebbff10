import { compileNode } from './condition-compile.ts';
import { type CompileFailure, parseExpression } from './condition-parse.ts';
import { formatPath, type Path, resolve } from './condition-path.ts';
import { neverBoolean } from './condition-result.ts';
import { Failure, MAX_RESULT, type Means, newMeter, type Step } from './condition-run.ts';
import { boundedBytes } from './condition-size.ts';
import { describe } from './condition-value.ts';
import type { Json, JsonObject } from './json.ts';
import { type Mask, maskedStart, unmasked } from './masked-start.ts';

/** Characters of one value, and of all of them, that a decision keeps. */
const MAX_INPUT = 200;
const MAX_INPUTS = 2_048;

/**
 * A compiled CEL expression over JSON: whole and decimal numbers are one type, so that they mix everywhere and 7 / 2 is
 * 3.5; there are no bytes, timestamps and durations (RFC 3339 texts in UTC compare as strings); `type(x)` is a string.
 */
export interface Expression {
  readonly text: string;
  /** What it reads of its values. */
  readonly reads: readonly Path[];
  readonly step: Step;
}

/** A value, or why there is none, as part of a sentence. */
export type Evaluated<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly message: string };

/** Compiles an expression that may name the values in `scope`. */
export function compileExpression(
  text: string,
  scope: readonly string[],
): { readonly ok: true; readonly expression: Expression } | CompileFailure {
  const parsed = parseExpression(text);
  if (!parsed.ok) return parsed;
  const compiled = compileNode(parsed.node, scope);
  if (!compiled.ok) return compiled;
  return { ok: true, expression: { text, reads: compiled.reads, step: compiled.step } };
}

/** The same for a `when`; one that can only give something else than true or false does not compile. */
export function compileCondition(text: string, scope: readonly string[]): ReturnType<typeof compileExpression> {
  const compiled = compileExpression(text, scope);
  const parsed = parseExpression(text);
  if (!compiled.ok || !parsed.ok) return compiled;
  const gives = neverBoolean(parsed.node);
  if (gives === null) return compiled;
  return { ok: false, message: `a condition must give true or false, and this one gives ${gives}`, offset: 0 };
}

/** The value of an expression as plain JSON; never takes longer than the meter allows, on any values. */
export function evaluate(
  expression: Expression,
  values: Readonly<Record<string, Json>>,
  { meter, mask = unmasked }: Means = { meter: newMeter() },
): Evaluated<Json> {
  try {
    const value = expression.step({ values, locals: [], meter });
    const bytes = boundedBytes(value, meter.bytes);
    if (bytes === null) return { ok: false, message: `the result is larger than ${MAX_RESULT} bytes` };
    meter.bytes -= bytes;
    return { ok: true, value };
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return { ok: false, message: error.sentence(mask) };
  }
}

/** The same for a `when`, whose value must be true or false. */
export function evaluateCondition(
  expression: Expression,
  values: Readonly<Record<string, Json>>,
  means: Means = { meter: newMeter() },
): Evaluated<boolean> {
  const result = evaluate(expression, values, means);
  if (!result.ok) return result;
  const { value } = result;
  if (typeof value === 'boolean') return { ok: true, value };
  const given = describe(value, means.mask ?? unmasked);
  return { ok: false, message: `a condition must give true or false, and this one gave ${given}` };
}

/**
 * What the expression reads, by path (`payload.kg`); missing ones are left out, large ones shortened; about 2 KiB at
 * most. Texts that are cut are masked before.
 */
export function inputsOf(
  expression: Expression,
  values: Readonly<Record<string, Json>>,
  mask: Mask = unmasked,
): JsonObject {
  const inputs: [string, Json][] = [];
  let left = MAX_INPUTS;
  for (const path of expression.reads) {
    const value = resolve(path, values);
    if (value === undefined) continue;
    const shown = shorten(value, mask);
    const name = formatPath(path);
    left -= name.length + JSON.stringify(shown).length + 4;
    if (left < 0) break;
    inputs.push([name, shown]);
  }
  return Object.fromEntries(inputs);
}

function shorten(value: Json, mask: Mask): Json {
  if (typeof value === 'string') {
    return value.length > MAX_INPUT ? `${maskedStart(value, { most: MAX_INPUT, mask })}…` : value;
  }
  if (boundedBytes(value, MAX_INPUT) !== null) return value;
  return Array.isArray(value)
    ? `(a list of ${value.length})`
    : `(an object of ${Object.keys(value ?? {}).length} keys)`;
}
