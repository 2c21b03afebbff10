import { isJsonObject, type Json } from './json.ts';
import { jsonBytes } from './json-size.ts';

/** What a payload may take. */
export interface PayloadLimits {
  /** As compact JSON in UTF-8. */
  readonly bytes: number;
  /** Levels of lists and objects. */
  readonly depth: number;
}

/** Why a payload from outside is not taken, as a sentence; null when it is. */
export function payloadError(payload: Json, limits: PayloadLimits): string | null {
  // First, since writing a very deep one as JSON fails.
  if (isDeeper(payload, limits.depth)) return `the payload is nested deeper than ${limits.depth} levels`;
  if (limits.bytes === Number.POSITIVE_INFINITY) return null;
  const bytes = jsonBytes(payload);
  return bytes > limits.bytes ? `the payload is ${bytes} bytes; the limit is ${limits.bytes}` : null;
}

function isDeeper(value: Json, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (levels === 0) return true;
  if (!isJsonObject(value)) return value.some((item) => isDeeper(item, levels - 1));
  // No list of its values is made for this; what JSON holds inherits nothing that would be found.
  for (const key in value) if (isDeeper(value[key] ?? null, levels - 1)) return true;
  return false;
}
