import type { Json } from './json.ts';

/** Bytes of `text` in UTF-8; an unpaired surrogate counts as the replacement character. */
export function utf8Bytes(text: string): number {
  let bytes = text.length;
  for (let index = 0; index < text.length; index += 1) {
    const unit = text.charCodeAt(index);
    if (unit < 0x80) continue;
    if (unit < 0x800) bytes += 1;
    else if (isPair(unit, text.charCodeAt(index + 1))) {
      bytes += 2;
      index += 1;
    } else bytes += 2;
  }
  return bytes;
}

/** Bytes of `value` as compact JSON in UTF-8: what it takes to store it or to pass it on. */
export function jsonBytes(value: Json): number {
  return utf8Bytes(JSON.stringify(value));
}

function isPair(high: number, low: number): boolean {
  return high >= 0xd800 && high <= 0xdbff && low >= 0xdc00 && low <= 0xdfff;
}
