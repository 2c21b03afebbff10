import type { Sink } from '../io.ts';

/** Lines of one text that a terminal is given: enough to see how it begins and, more, how it ends. */
const HEAD = 15;
const TAIL = 35;
/** Characters of one line. */
const LONGEST = 2_000;
const ELSEWHERE = '; `--json` or a pipe has them';

/** The lines of a text: all of them, or for a terminal the first and the last, saying how many there are between. */
export function excerpt(text: string, { isTerminal }: Pick<Sink, 'isTerminal'>): readonly string[] {
  const lines = text.split('\n');
  if (!isTerminal) return lines;
  const left = lines.length - HEAD - TAIL;
  const shown =
    left <= 1 ? lines : [...lines.slice(0, HEAD), `… ${left} lines left out${ELSEWHERE}`, ...lines.slice(-TAIL)];
  return shown.map((line) =>
    line.length <= LONGEST
      ? line
      : `${line.slice(0, LONGEST)} … ${line.length - LONGEST} characters left out${ELSEWHERE}`,
  );
}
