import { charge, chargeText, checkLength, Failure, type Run } from './condition-run.ts';
import { isJsonObject, type Json } from './json.ts';
import { type Mask, maskedStart } from './masked-start.ts';

/** Deeper values are not compared; JSON from outside is at most 64 deep. */
const MAX_DEPTH = 200;

/** What people call the type of a value. */
export function kindOf(value: Json): 'null' | 'boolean' | 'number' | 'string' | 'list' | 'object' {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'list';
  if (typeof value === 'object') return 'object';
  if (typeof value === 'boolean') return 'boolean';
  return typeof value === 'number' ? 'number' : 'string';
}

/** Characters of a text that a message quotes. */
const MAX_QUOTED = 80;

/** The value as part of a message: scalars in JSON form, masked and shortened; lists and objects by their type. */
export function describe(value: Json, mask: Mask): string {
  if (typeof value === 'object' && value !== null) return Array.isArray(value) ? 'a list' : 'an object';
  if (value === null) return 'null';
  if (typeof value !== 'string') return `the ${kindOf(value)} ${value}`;
  const start = value.length <= MAX_QUOTED ? mask(value) : `${maskedStart(value, { most: MAX_QUOTED, mask })}…`;
  return `the string ${JSON.stringify(start.toWellFormed())}`;
}

/** Deep equality; values of different types are different, numbers compare by value. */
export function equal(run: Run, left: Json, right: Json, depth = 0): boolean {
  charge(run, 1);
  if (depth > MAX_DEPTH) throw new Failure(() => 'the values are nested too deeply to be compared');
  if (typeof left === 'string' && typeof right === 'string') {
    if (left.length === right.length) chargeText(run, left);
    return left === right;
  }
  if (Array.isArray(left) && Array.isArray(right)) {
    return (
      left.length === right.length &&
      left.every((item: Json, index) => equal(run, item, right[index] ?? null, depth + 1))
    );
  }
  if (!isJsonObject(left) || !isJsonObject(right)) return left === right;
  const keys = Object.keys(left);
  charge(run, keys.length);
  if (keys.length !== Object.keys(right).length) return false;
  return keys.every((key) => Object.hasOwn(right, key) && equal(run, left[key] ?? null, right[key] ?? null, depth + 1));
}

/** Negative, zero or positive as `left` sorts before, with or after `right`: two numbers, strings or booleans. */
export function compare(run: Run, left: Json, right: Json): number {
  if (typeof left === 'string' && typeof right === 'string') {
    chargeText(run, left.length < right.length ? left : right);
    if (left === right) return 0;
    return left < right ? -1 : 1;
  }
  const numbers = typeof left === 'number' && typeof right === 'number';
  if (numbers || (typeof left === 'boolean' && typeof right === 'boolean')) return Number(left) - Number(right);
  throw new Failure(
    (mask) => `${describe(left, mask)} and ${describe(right, mask)} have no order: compare numbers or strings`,
  );
}

/** An arithmetic operator of CEL. */
export type Arithmetic = '+' | '-' | '*' | '/' | '%';

/**
 * Arithmetic on JSON numbers: whole and decimal ones mix, `/` gives the exact quotient (7 / 2 is 3.5), `+` joins
 * strings and lists too. Fails on a division by zero, and where whole numbers leave ±(2^53 − 1).
 */
export function calculate(run: Run, operator: Arithmetic, left: Json, right: Json): Json {
  if (typeof left === 'number' && typeof right === 'number') return number(operator, left, right);
  if (operator === '+' && typeof left === 'string' && typeof right === 'string') {
    checkLength(left.length + right.length);
    charge(run, (left.length + right.length) / 64);
    return left + right;
  }
  if (operator === '+' && Array.isArray(left) && Array.isArray(right)) {
    charge(run, left.length + right.length);
    return [...left, ...right];
  }
  throw new Failure(
    (mask) => `cannot calculate ${describe(left, mask)} ${operator} ${describe(right, mask)}${joinHint(left, right)}`,
  );
}

function number(operator: Arithmetic, left: number, right: number): number {
  if (right === 0 && (operator === '/' || operator === '%')) throw new Failure(() => 'division by zero');
  const result = compute(operator, left, right);
  const whole = operator !== '/' && Number.isSafeInteger(left) && Number.isSafeInteger(right);
  if (Number.isFinite(result) && (!whole || Number.isSafeInteger(result))) return result + 0;
  throw new Failure(() => `the result of ${left} ${operator} ${right} is too large for a JSON number`);
}

function compute(operator: Arithmetic, left: number, right: number): number {
  switch (operator) {
    case '+':
      return left + right;
    case '-':
      return left - right;
    case '*':
      return left * right;
    case '/':
      return left / right;
    case '%':
      return left % right;
  }
}

function joinHint(left: Json, right: Json): string {
  if (typeof left === 'string') return '; string(x) makes a text of the other one';
  return typeof right === 'string' ? '; double(x) makes a number of a text' : '';
}

/** True when `item` is an element of the list, or a key of the object. */
export function contains(run: Run, item: Json, container: Json): boolean {
  if (Array.isArray(container)) return container.some((element: Json) => equal(run, item, element));
  if (isJsonObject(container)) return typeof item === 'string' && Object.hasOwn(container, item);
  throw new Failure((mask) => `\`in\` looks into a list or an object, not into ${describe(container, mask)}`);
}
