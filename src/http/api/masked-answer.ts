import type { Json } from '../../domain/json.ts';
import type { Redactor } from '../../domain/redact.ts';

/**
 * The text of a JSON answer without any known secret: views mask what plugins exchange, and this is for what nobody
 * thinks of, such as an event's id or a dedupe key that holds one.
 */
export function maskedAnswer(body: unknown, redactor: Redactor): string {
  const text = JSON.stringify(body ?? null);
  // Almost always: what is found in the text is then looked for in each string, so that it stays JSON.
  if (redactor.text(text) === text) return text;
  const value: Json = JSON.parse(text);
  return JSON.stringify(redactor.strings(value));
}
