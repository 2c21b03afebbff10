import type { Json, JsonObject } from '../domain/json.ts';
import { jsonBytes } from '../domain/json-size.ts';
import type { LeakNotes } from '../domain/leak.ts';
import type { KeptResponse } from '../domain/outcome.ts';
import type { Redactor } from '../domain/redact.ts';

const MAX_BYTES = 262_144;
/** Where a plugin may put a secret: state and events are stored byte-exact, and only this copy of them is masked. */
const EXCHANGED = new Set(['state_updates', 'events']);

/** A response as it is kept with its attempt: masked; null when it is larger than 256 KiB of JSON. */
export function keptResponse(
  raw: JsonObject,
  { redactor, leaks }: { readonly redactor: Redactor; readonly leaks: LeakNotes },
): KeptResponse {
  if (jsonBytes(raw) > MAX_BYTES) return { response: null, truncated: true };
  const masks = (key: string): Redactor => (EXCHANGED.has(key) ? redactor : leaks.at(key, redactor));
  const fields = Object.entries(raw).map(([key, value]): [string, Json] => {
    const masked = masks(key);
    return [masked.text(key), masked.json(value)];
  });
  return { response: Object.fromEntries(fields), truncated: false };
}
