import { stripVTControlCharacters } from 'node:util';

const GAP = '  ';

/** A table with a head line and columns padded to their widest cell; the last column is cut to the width. */
export function table(head: readonly string[], rows: readonly (readonly string[])[], columns: number): string {
  const all = [head, ...rows];
  const widths = head.map((_, column) => Math.max(...all.map((row) => widthOf(row[column] ?? ''))));
  return all.map((row) => `${line(row, widths, columns)}\n`).join('');
}

/** Visible characters of a text that may hold colours. */
export function widthOf(text: string): number {
  return [...stripVTControlCharacters(text)].length;
}

/** `text` cut to `width` visible characters, with an ellipsis where something is missing; colours are dropped when it is cut. */
export function cut(text: string, width: number): string {
  if (widthOf(text) <= width) return text;
  return `${[...stripVTControlCharacters(text)].slice(0, Math.max(width - 1, 0)).join('')}…`;
}

function line(row: readonly string[], widths: readonly number[], columns: number): string {
  const last = row.length - 1;
  const before = row.slice(0, last).map((cell, i) => cell + ' '.repeat(Math.max((widths[i] ?? 0) - widthOf(cell), 0)));
  const used = before.reduce((sum, cell) => sum + widthOf(cell) + GAP.length, 0);
  return [...before, cut(row[last] ?? '', Math.max(columns - used, 16))].join(GAP).trimEnd();
}
