import type { Json } from '../../domain/json.ts';
import type { Sink } from '../io.ts';

// What JSON.stringify leaves alone although a terminal obeys it.
const CONTROLS = /[\u007f-\u009f]/g;

/** A value as one line of JSON, or indented for a terminal, with its line break. */
export function jsonOutput(value: unknown, sink: Pick<Sink, 'isTerminal'>): string {
  const text = JSON.stringify(value, null, sink.isTerminal ? 2 : undefined);
  return `${text.replace(CONTROLS, (control) => `\\u00${control.charCodeAt(0).toString(16)}`)}\n`;
}

/**
 * A value behind a label that takes up `indent` characters: on the same line when it fits into `columns`, else below
 * it, indented by four. Text stands as it is, without the line break at its end.
 */
export function jsonText(
  value: Json,
  { indent, columns }: { readonly indent: number; readonly columns: number },
): string {
  const plain = typeof value === 'string';
  const line = plain ? value.replace(/\n+$/, '') : JSON.stringify(value);
  const fits = !line.includes('\n') && (plain || indent + line.length <= Math.min(columns, MAX_LINE));
  if (fits) return line === '' ? '""' : line;
  return `\n${indented(plain ? line : JSON.stringify(value, null, 2))}`;
}

/** Longest line of JSON, in characters, however wide the terminal is. */
const MAX_LINE = 120;

function indented(text: string): string {
  return text.replace(/^(?=.)/gm, '    ');
}
