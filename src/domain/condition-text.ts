import { charge, chargeText, checkLength, Failure, type Run } from './condition-run.ts';

/** Up to here the built-in search is quick whatever the texts; beyond it some pairs take quadratic time. */
const SHORT_NEEDLE = 32;

/** Length of `text` in Unicode code points, as CEL counts. */
export function pointsIn(text: string): number {
  let count = text.length;
  for (let index = 0; index < text.length; index += 1) {
    if (isPair(text, index)) {
      count -= 1;
      index += 1;
    }
  }
  return count;
}

/** Index of the UTF-16 unit at which code point number `point` begins; fails outside 0…length. */
export function unitAt(run: Run, text: string, point: number): number {
  chargeText(run, text);
  let unit = 0;
  for (let left = point; left > 0 && unit < text.length; left -= 1) unit += isPair(text, unit) ? 2 : 1;
  const inside = Number.isInteger(point) && point >= 0 && pointsIn(text.slice(0, unit)) === point;
  if (!inside) throw new Failure(() => `position ${point} lies outside a text of ${pointsIn(text)} characters`);
  return unit;
}

function isPair(text: string, index: number): boolean {
  const unit = text.charCodeAt(index);
  if (unit < 0xd800 || unit > 0xdbff) return false;
  const next = text.charCodeAt(index + 1);
  return next >= 0xdc00 && next <= 0xdfff;
}

/** Like `text.indexOf(needle, from)`, in linear time (Knuth, Morris and Pratt, where it matters). */
export function indexOf(run: Run, text: string, needle: string, from = 0): number {
  chargeSearch(run, text.length - from, needle);
  if (needle.length <= SHORT_NEEDLE || needle.length > text.length - from) return text.indexOf(needle, from);
  const borders = bordersOf(needle);
  let matched = 0;
  for (let index = from; index < text.length; index += 1) {
    const unit = text.charCodeAt(index);
    while (matched > 0 && unit !== needle.charCodeAt(matched)) matched = borders[matched - 1] ?? 0;
    if (unit === needle.charCodeAt(matched)) matched += 1;
    if (matched === needle.length) return index + 1 - matched;
  }
  return -1;
}

function chargeSearch(run: Run, length: number, needle: string): void {
  charge(run, (length + needle.length) / 32);
}

/** For each prefix of `needle` the length of its longest proper prefix that is also its suffix. */
function bordersOf(needle: string): Int32Array {
  const borders = new Int32Array(needle.length);
  let length = 0;
  for (let index = 1; index < needle.length; index += 1) {
    const unit = needle.charCodeAt(index);
    while (length > 0 && unit !== needle.charCodeAt(length)) length = borders[length - 1] ?? 0;
    if (unit === needle.charCodeAt(length)) length += 1;
    borders[index] = length;
  }
  return borders;
}

/** The pieces of `text` between separators, at most `limit` of them (the last one whole); negative: all. */
export function split(run: Run, text: string, separator: string, limit: number): string[] {
  if (limit === 0) return [];
  if (separator === '') return splitPoints(run, text, limit);
  const pieces: string[] = [];
  let start = 0;
  while (limit < 0 || pieces.length < limit - 1) {
    const found = indexOf(run, text, separator, start);
    if (found < 0) break;
    charge(run, 1);
    pieces.push(text.slice(start, found));
    start = found + separator.length;
    // A search is paid for by what it could read; give back what it did not.
    chargeSearch(run, start - text.length, '');
  }
  pieces.push(text.slice(start));
  return pieces;
}

function splitPoints(run: Run, text: string, limit: number): string[] {
  const pieces: string[] = [];
  let start = 0;
  while (start < text.length && (limit < 0 || pieces.length < limit - 1)) {
    charge(run, 1);
    const end = start + (isPair(text, start) ? 2 : 1);
    pieces.push(text.slice(start, end));
    start = end;
  }
  if (start < text.length) pieces.push(text.slice(start));
  return pieces;
}

/** The texts with `separator` between them. */
export function join(run: Run, texts: readonly string[], separator: string): string {
  charge(run, texts.length);
  const length = texts.reduce((sum, text) => sum + text.length, 0) + separator.length * Math.max(texts.length - 1, 0);
  checkLength(length);
  charge(run, length / 64);
  return texts.join(separator);
}
