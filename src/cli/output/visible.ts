import { isJsonObject, type Json } from '../../domain/json.ts';

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for
const CONTROLS = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g;

/** Text without the power to steer a terminal: control characters but line breaks and tabs become `\xNN`. */
export function visibleText(text: string): string {
  return text
    .replace(/\r+\n/g, '\n')
    .replace(CONTROLS, (control) => `\\x${control.charCodeAt(0).toString(16).padStart(2, '0')}`);
}

/** A copy of an answer in which every string is visible text: what plugins and senders wrote, shown to people. */
export function visible<T>(value: T): T {
  return mapped(value as Json) as T;
}

function mapped(value: Json): Json {
  if (typeof value === 'string') return visibleText(value);
  if (Array.isArray(value)) return value.map((item: Json) => mapped(item));
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [visibleText(key), mapped(item)]));
}
