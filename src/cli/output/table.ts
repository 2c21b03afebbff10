import { stripVTControlCharacters } from 'node:util';

const GAP = '  ';

/** A column of a table and what may become of it when the table is too wide. */
export interface Column {
  readonly head: string;
  /** It may be cut to this many characters, with an ellipsis. */
  readonly least?: number;
  /** It may be left out when cutting is not enough; the rightmost such column goes first. */
  readonly optional?: boolean;
}

/**
 * A table with a head line and padded columns that fits into `columns` characters where that is possible. A column
 * without any content is left out.
 */
export function table(columns: readonly Column[], rows: readonly (readonly string[])[], width: number): string {
  const shown = fitted(
    columns.map((column, index) =>
      measured(
        column,
        rows.map((row) => row[index] ?? ''),
      ),
    ),
    width,
  );
  const lines = rows.map((_, row) => shown.map((column) => padded(column.cells[row] ?? '', column.width)));
  const head = shown.map((column) => padded(column.head, column.width));
  return [head, ...lines].map((cells) => `${cells.join(GAP).trimEnd()}\n`).join('');
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

interface Measured extends Column {
  readonly cells: readonly string[];
  readonly width: number;
}

/** Cells stand on one line each. */
function measured(column: Column, texts: readonly string[]): Measured {
  const cells = texts.map((text) => text.replace(/\s*\n\s*/g, ' '));
  const empty = cells.length > 0 && cells.every((cell) => cell === '');
  return { ...column, cells, width: empty ? 0 : Math.max(widthOf(column.head), ...cells.map(widthOf)) };
}

function fitted(all: readonly Measured[], available: number): readonly Measured[] {
  const columns = all.filter(({ width }) => width > 0);
  const excess = columns.reduce((sum, { width }) => sum + width + GAP.length, -GAP.length) - available;
  if (excess <= 0) return columns;
  const slack = columns.reduce((sum, column) => sum + column.width - leastOf(column), 0);
  const last = columns.findLastIndex(({ optional }) => optional === true);
  return slack >= excess || last === -1
    ? shrunk(columns, Math.min(excess, slack))
    : fitted(columns.toSpliced(last, 1), available);
}

/** Takes `excess` characters away, one after the other from the column that is then the widest of those that may be cut. */
function shrunk(columns: readonly Measured[], excess: number): readonly Measured[] {
  const widths = columns.map(({ width }) => width);
  for (let left = excess; left > 0; left -= 1) {
    const spare = columns.map((column, index) => ((widths[index] ?? 0) > leastOf(column) ? (widths[index] ?? 0) : 0));
    const widest = spare.indexOf(Math.max(...spare));
    widths[widest] = (widths[widest] ?? 0) - 1;
  }
  return columns.map((column, index) => ({ ...column, width: widths[index] ?? column.width }));
}

function leastOf({ width, least, head }: Measured): number {
  return least === undefined ? width : Math.min(width, Math.max(least, widthOf(head)));
}

function padded(text: string, width: number): string {
  const short = cut(text, width);
  return short + ' '.repeat(Math.max(width - widthOf(short), 0));
}
