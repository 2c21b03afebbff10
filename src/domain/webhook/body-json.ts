import { isJsonObject, type JsonObject } from '../json.ts';

const UTF_8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** The bytes as text; null: they are not UTF-8. */
export function decodeUtf8(bytes: Uint8Array): string | null {
  try {
    return UTF_8.decode(bytes);
  } catch {
    return null;
  }
}

/** The body as a JSON object; null: it is none. */
export function readJsonObject(body: Uint8Array): JsonObject | null {
  try {
    const value: unknown = JSON.parse(UTF_8.decode(body));
    return isJsonObject(value) ? value : null;
  } catch {
    return null;
  }
}
