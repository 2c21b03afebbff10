/** A line of a comparison: in both texts, only in the old one, or only in the new one. */
export interface DiffLine {
  readonly kind: 'same' | 'old' | 'new';
  readonly text: string;
}

/** A stretch of changes with the lines around them; line numbers count from 1. */
export interface DiffHunk {
  readonly oldLine: number;
  readonly newLine: number;
  readonly lines: readonly DiffLine[];
}

/** Lines that are shown around a change. */
const AROUND = 3;
/** Cells of the table of common lines, beyond which the middle is shown as replaced whole. */
const MAX_CELLS = 4_000_000;

/** What differs between two texts, line by line, in stretches; empty when they are the same. */
export function diffLines(before: string, after: string): readonly DiffHunk[] {
  return hunksOf(compared(linesOf(before), linesOf(after)));
}

function linesOf(text: string): readonly string[] {
  return text === '' ? [] : text.replace(/\n$/, '').split('\n');
}

/** Every line of both: what begins and ends both alike is set aside, so that the middle stays small. */
function compared(before: readonly string[], after: readonly string[]): readonly DiffLine[] {
  const shorter = Math.min(before.length, after.length);
  let start = 0;
  while (start < shorter && before[start] === after[start]) start += 1;
  let end = 0;
  while (end < shorter - start && before.at(-1 - end) === after.at(-1 - end)) end += 1;
  const same = (lines: readonly string[]): readonly DiffLine[] => lines.map((text) => ({ kind: 'same', text }));
  const middle = middleOf(before.slice(start, before.length - end), after.slice(start, after.length - end));
  return [...same(before.slice(0, start)), ...middle, ...same(before.slice(before.length - end))];
}

/** The longest common lines, from a table of how many are left from each pair of lines on. */
function middleOf(before: readonly string[], after: readonly string[]): readonly DiffLine[] {
  const width = after.length + 1;
  if ((before.length + 1) * width > MAX_CELLS) {
    return [...before.map((text) => line('old', text)), ...after.map((text) => line('new', text))];
  }
  const left = new Uint32Array((before.length + 1) * width);
  const at = (row: number, column: number): number => left[row * width + column] ?? 0;
  for (let row = before.length - 1; row >= 0; row -= 1) {
    for (let column = after.length - 1; column >= 0; column -= 1) {
      left[row * width + column] =
        before[row] === after[column]
          ? at(row + 1, column + 1) + 1
          : Math.max(at(row + 1, column), at(row, column + 1));
    }
  }
  const lines: DiffLine[] = [];
  let [row, column] = [0, 0];
  while (row < before.length || column < after.length) {
    const [old, fresh] = [before[row], after[column]];
    if (old !== undefined && old === fresh) {
      lines.push(line('same', old));
      row += 1;
      column += 1;
    } else if (old !== undefined && (fresh === undefined || at(row + 1, column) >= at(row, column + 1))) {
      lines.push(line('old', old));
      row += 1;
    } else {
      lines.push(line('new', fresh ?? ''));
      column += 1;
    }
  }
  return lines;
}

function line(kind: DiffLine['kind'], text: string): DiffLine {
  return { kind, text };
}

function hunksOf(lines: readonly DiffLine[]): readonly DiffHunk[] {
  const hunks: { oldLine: number; newLine: number; lines: DiffLine[] }[] = [];
  const changes = lines.flatMap(({ kind }, index) => (kind === 'same' ? [] : [index]));
  let [oldLine, newLine, next] = [1, 1, 0];
  let hunk: (typeof hunks)[number] | null = null;
  for (const [index, one] of lines.entries()) {
    while ((changes[next] ?? Number.POSITIVE_INFINITY) < index - AROUND) next += 1;
    const near = (changes[next] ?? Number.POSITIVE_INFINITY) <= index + AROUND;
    if (!near) hunk = null;
    else if (hunk === null) {
      hunk = { oldLine, newLine, lines: [] };
      hunks.push(hunk);
    }
    hunk?.lines.push(one);
    if (one.kind !== 'new') oldLine += 1;
    if (one.kind !== 'old') newLine += 1;
  }
  return hunks;
}
