import { createHash } from 'node:crypto';
import { isJsonObject, type Json } from '../domain/json.ts';

/** Stands for a value, as 16 hexadecimal digits; the order of keys does not matter. */
export function hashOf(value: unknown): string {
  return createHash('sha256').update(canonical(value)).digest('hex').slice(0, 16);
}

/** JSON with its keys sorted, so that the order of a map does not matter. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, item: Json) => {
    if (!isJsonObject(item)) return item;
    return Object.fromEntries(Object.entries(item).toSorted(([a], [b]) => (a < b ? -1 : 1)));
  });
}
