import { dynamicRegex, matches } from './condition-regex.ts';
import { charge, chargeText, Failure, type Run } from './condition-run.ts';
import { indexOf, join, pointsIn, split, unitAt } from './condition-text.ts';
import { describe, kindOf } from './condition-value.ts';
import { isJsonObject, type Json } from './json.ts';

/** A function; a method gets its receiver as the first argument. */
interface Builtin {
  /** Fewest and most arguments, receiver included. */
  readonly arity: readonly [number, number];
  readonly call: (run: Run, args: readonly Json[]) => Json;
}

/** What is written `size(x)`. */
export const FUNCTIONS: ReadonlyMap<string, Builtin> = new Map<string, Builtin>([
  ['size', { arity: [1, 1], call: size }],
  ['int', { arity: [1, 1], call: (_run, [value]) => toWhole(arg(value)) }],
  ['double', { arity: [1, 1], call: (_run, [value]) => toNumber(arg(value)) }],
  ['string', { arity: [1, 1], call: (_run, [value]) => toText(arg(value)) }],
  ['bool', { arity: [1, 1], call: (_run, [value]) => toBoolean(arg(value)) }],
  ['type', { arity: [1, 1], call: (_run, [value]) => kindOf(arg(value)) }],
  ['dyn', { arity: [1, 1], call: (_run, [value]) => arg(value) }],
  ['matches', { arity: [2, 2], call: matchesPattern }],
]);

/** What is written `x.size()`. */
export const METHODS: ReadonlyMap<string, Builtin> = new Map<string, Builtin>([
  ['size', { arity: [1, 1], call: size }],
  ['contains', { arity: [2, 2], call: (run, args) => indexOf(run, text(args[0]), text(args[1])) >= 0 }],
  ['startsWith', { arity: [2, 2], call: (run, args) => startsWith(run, text(args[0]), text(args[1])) }],
  ['endsWith', { arity: [2, 2], call: (run, args) => endsWith(run, text(args[0]), text(args[1])) }],
  ['matches', { arity: [2, 2], call: matchesPattern }],
  ['indexOf', { arity: [2, 3], call: firstIndex }],
  ['lastIndexOf', { arity: [2, 2], call: lastIndex }],
  ['substring', { arity: [2, 3], call: substring }],
  [
    'lowerAscii',
    { arity: [1, 1], call: (run, [value]) => mapped(run, value, /[A-Z]+/g, (part) => part.toLowerCase()) },
  ],
  [
    'upperAscii',
    { arity: [1, 1], call: (run, [value]) => mapped(run, value, /[a-z]+/g, (part) => part.toUpperCase()) },
  ],
  ['trim', { arity: [1, 1], call: trim }],
  ['split', { arity: [2, 3], call: (run, args) => split(run, text(args[0]), text(args[1]), whole(args[2] ?? -1)) }],
  ['join', { arity: [1, 2], call: (run, args) => join(run, texts(run, args[0]), text(args[1] ?? '')) }],
]);

function arg(value: Json | undefined): Json {
  return value ?? null;
}

function text(value: Json | undefined): string {
  if (typeof value === 'string') return value;
  throw new Failure((mask) => `a string is needed, not ${describe(arg(value), mask)}`);
}

function texts(run: Run, value: Json | undefined): readonly string[] {
  if (!Array.isArray(value))
    throw new Failure((mask) => `join() needs a list of strings, not ${describe(arg(value), mask)}`);
  charge(run, value.length);
  return value.map(text);
}

function whole(value: Json): number {
  if (Number.isSafeInteger(value)) return Number(value);
  throw new Failure((mask) => `a whole number is needed, not ${describe(value, mask)}`);
}

function size(run: Run, [value]: readonly Json[]): Json {
  if (typeof value === 'string') {
    chargeText(run, value);
    return pointsIn(value);
  }
  if (Array.isArray(value)) return value.length;
  if (!isJsonObject(value)) throw new Failure((mask) => `${describe(arg(value), mask)} has no size`);
  const count = Object.keys(value).length;
  charge(run, count);
  return count;
}

function toWhole(value: Json): number {
  const number = typeof value === 'string' && /^[+-]?\d{1,16}$/.test(value) ? Number(value) : value;
  const result = typeof number === 'number' ? Math.trunc(number) + 0 : Number.NaN;
  if (Number.isSafeInteger(result)) return result;
  throw new Failure((mask) => `int() cannot make a whole number of ${describe(value, mask)}`);
}

function toNumber(value: Json): number {
  const decimal = typeof value === 'string' && /^[+-]?\d{1,400}(\.\d{1,400})?([eE][+-]?\d{1,4})?$/.test(value);
  const result = decimal || typeof value === 'number' ? Number(value) : Number.NaN;
  if (Number.isFinite(result)) return result;
  throw new Failure((mask) => `double() cannot make a number of ${describe(value, mask)}`);
}

function toText(value: Json): string {
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return String(value);
  throw new Failure((mask) => `string() cannot make a text of ${describe(value, mask)}`);
}

function toBoolean(value: Json): boolean {
  if (typeof value === 'boolean') return value;
  if (value === 'true' || value === '1') return true;
  if (value === 'false' || value === '0') return false;
  throw new Failure((mask) => `bool() cannot make true or false of ${describe(value, mask)}`);
}

function matchesPattern(run: Run, [value, pattern]: readonly Json[]): boolean {
  return matches(run, dynamicRegex(run, text(pattern)), text(value));
}

function startsWith(run: Run, value: string, start: string): boolean {
  chargeText(run, start);
  return value.startsWith(start);
}

function endsWith(run: Run, value: string, end: string): boolean {
  chargeText(run, end);
  return value.endsWith(end);
}

function firstIndex(run: Run, [value, needle, from]: readonly Json[]): number {
  const haystack = text(value);
  const start = from === undefined ? 0 : unitAt(run, haystack, whole(from));
  const found = indexOf(run, haystack, text(needle), start);
  return found < 0 ? -1 : pointsIn(haystack.slice(0, found));
}

function lastIndex(run: Run, [value, needle]: readonly Json[]): number {
  // The last occurrence is the first one of both texts reversed.
  const haystack = reversed(run, text(value));
  const found = indexOf(run, haystack, reversed(run, text(needle)));
  if (found < 0) return -1;
  return pointsIn(text(value).slice(0, haystack.length - found - text(needle).length));
}

function reversed(run: Run, value: string): string {
  charge(run, value.length / 8);
  return value.split('').reverse().join('');
}

function substring(run: Run, [value, from, to]: readonly Json[]): string {
  const source = text(value);
  const start = unitAt(run, source, whole(arg(from)));
  const end = to === undefined ? source.length : unitAt(run, source, whole(to));
  if (end < start) throw new Failure(() => `substring() ends at ${to}, before it starts at ${from}`);
  return source.slice(start, end);
}

function mapped(run: Run, value: Json | undefined, part: RegExp, change: (part: string) => string): string {
  const source = text(value);
  charge(run, source.length / 8);
  return source.replace(part, change);
}

function trim(run: Run, [value]: readonly Json[]): string {
  chargeText(run, text(value));
  return text(value).trim();
}
