const MIN_LENGTH = 2;
const MAX_LENGTH = 200;

/** The candidate that `word` was most likely meant to be, or null when none is near: at most one edit per three characters. */
export function nearest(word: string, candidates: Iterable<string>): string | null {
  if (word.length > MAX_LENGTH) return null;
  let best: string | null = null;
  let bestDistance = Number.POSITIVE_INFINITY;
  for (const candidate of candidates) {
    const allowed = Math.min(allowedEdits(word, candidate), bestDistance - 1);
    if (allowed < 0 || Math.abs(candidate.length - word.length) > allowed) continue;
    const distance = editDistance(fold(word), fold(candidate));
    if (distance > allowed) continue;
    best = candidate;
    bestDistance = distance;
  }
  return best;
}

function allowedEdits(word: string, candidate: string): number {
  const length = Math.max(word.length, candidate.length);
  if (Math.min(word.length, candidate.length) < MIN_LENGTH) return 0;
  return Math.max(1, Math.floor(length / 3));
}

/** Case and the choice between `-` and `_` are no edits. */
function fold(text: string): string {
  return text.toLowerCase().replaceAll('-', '_');
}

/** Insertions, deletions, substitutions and swaps of neighbours between `a` and `b` (optimal string alignment). */
function editDistance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= b.length; column += 1) {
      const same = a[row - 1] === b[column - 1];
      let cost = Math.min(at(last, column) + 1, at(current, column - 1) + 1, at(last, column - 1) + (same ? 0 : 1));
      const swapped = row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1];
      if (swapped) cost = Math.min(cost, at(beforeLast, column - 2) + 1);
      current.push(cost);
    }
    beforeLast = last;
    last = current;
  }
  return at(last, b.length);
}

function at(row: readonly number[], index: number): number {
  return row[index] ?? Number.POSITIVE_INFINITY;
}
