import { DEFAULT_LIMITS } from '../instance.ts';
import type { Json, JsonObject } from '../json.ts';
import { payloadError } from '../payload.ts';
import { decodeUtf8 } from './body-json.ts';
import type { BodyFormat } from './endpoint.ts';

/** What a body holds, or why it cannot be read. */
export type ParsedBody = { readonly ok: true; readonly value: Json } | { readonly ok: false; readonly message: string };

/** Reads a body as the endpoint is configured; of a raw one nothing. */
export function parseBody(format: BodyFormat, body: Uint8Array): ParsedBody {
  if (format === 'raw') return { ok: true, value: {} };
  const text = decodeUtf8(body);
  if (text === null) return { ok: false, message: 'it is not UTF-8' };
  return format === 'form' ? { ok: true, value: formOf(text) } : jsonOf(text);
}

function jsonOf(text: string): ParsedBody {
  let value: Json;
  try {
    value = JSON.parse(text) as Json;
  } catch {
    return { ok: false, message: 'it is not JSON' };
  }
  const message = payloadError(value, { bytes: Number.POSITIVE_INFINITY, depth: DEFAULT_LIMITS.jsonDepth });
  return message === null ? { ok: true, value } : { ok: false, message };
}

/** Each field by its name; of those that come again, the list. */
function formOf(text: string): JsonObject {
  const fields = new Map<string, string | string[]>();
  for (const [name, value] of new URLSearchParams(text)) {
    const before = fields.get(name);
    if (before === undefined) fields.set(name, value);
    // The list grows in place: a form of one field a million times would take minutes otherwise.
    else if (typeof before === 'string') fields.set(name, [before, value]);
    else before.push(value);
  }
  return Object.fromEntries(fields);
}
