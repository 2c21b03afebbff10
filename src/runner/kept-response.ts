import type { Json, JsonObject } from '../domain/json.ts';
import { jsonBytes } from '../domain/json-size.ts';
import type { KeptResponse } from '../domain/outcome.ts';
import type { Redactor } from '../domain/redact.ts';

const MAX_BYTES = 262_144;
/** What plugins exchange is kept byte-exact and masked where it is shown. */
const EXACT = new Set(['state_updates', 'events']);

/** A response as it is kept with its attempt: masked but for state and events; null when it is larger than 256 KiB of JSON. */
export function keptResponse(raw: JsonObject, redactor: Redactor): KeptResponse {
  if (jsonBytes(raw) > MAX_BYTES) return { response: null, truncated: true };
  const fields = Object.entries(raw).map(([key, value]): [string, Json] => [
    key,
    EXACT.has(key) ? value : redactor.json(value),
  ]);
  return { response: Object.fromEntries(fields), truncated: false };
}
