import { isJsonObject, type Json } from './json.ts';
import { utf8Bytes } from './json-size.ts';

const MAX_DEPTH = 200;

/**
 * Bytes of `value` as compact JSON, escapes not counted, or null when they exceed `limit`. It stops there, so that a
 * small expression cannot name one large value a million times over.
 */
export function boundedBytes(value: Json, limit: number, depth = 0): number | null {
  if (depth > MAX_DEPTH || limit < 0) return null;
  if (typeof value === 'string') {
    const bytes = value.length + 2 > limit ? limit + 1 : utf8Bytes(value) + 2;
    return bytes > limit ? null : bytes;
  }
  if (value === null || typeof value !== 'object') return String(value).length;
  let total = 2;
  for (const [key, item] of entries(value)) {
    const bytes = boundedBytes(item, limit - total - key, depth + 1);
    if (bytes === null) return null;
    total += key + bytes + 1;
  }
  return total > limit ? null : total;
}

/** Each item with the bytes that its key takes. */
function* entries(value: Json): Generator<readonly [number, Json]> {
  if (!isJsonObject(value)) {
    for (const item of Array.isArray(value) ? (value as readonly Json[]) : []) yield [0, item];
    return;
  }
  for (const key of Object.keys(value)) yield [utf8Bytes(key) + 3, value[key] ?? null];
}
