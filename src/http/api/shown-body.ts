import { isJsonObject, type Json } from '../../domain/json.ts';
import type { Redactor } from '../../domain/redact.ts';
import type { BodyFormat } from '../../domain/webhook/endpoint.ts';

/**
 * A body as people may see it: its text, in which also what the names of its fields call secret is masked. A body with such a
 * field is written anew, any other stands as it came. Null: it is no text.
 */
export function shownBody(
  { body, format }: { readonly body: Uint8Array; readonly format: BodyFormat },
  redactor: Redactor,
): string | null {
  const text = Buffer.from(body).toString('utf8');
  if (!Buffer.from(text, 'utf8').equals(body)) return null;
  switch (format) {
    case 'json':
      return shownJson(text, redactor);
    case 'form':
      return shownForm(text, redactor);
    case 'raw':
      return redactor.text(text);
    default:
      return format satisfies never;
  }
}

function shownJson(text: string, redactor: Redactor): string {
  try {
    const value: Json = JSON.parse(text);
    const masked = JSON.stringify(redactor.json(value));
    return masked === JSON.stringify(value) ? redactor.text(text) : masked;
  } catch {
    return redactor.text(text);
  }
}

function shownForm(text: string, redactor: Redactor): string {
  const masked = text.split('&').map((pair) => {
    const [[name, value] = ['', '']] = [...new URLSearchParams(pair)];
    const shown = redactor.json({ [name]: value });
    const kept = isJsonObject(shown) && shown[name] === value;
    return kept ? pair : `${pair.slice(0, pair.indexOf('=') + 1)}${isJsonObject(shown) ? shown[name] : ''}`;
  });
  return redactor.text(masked.join('&'));
}
