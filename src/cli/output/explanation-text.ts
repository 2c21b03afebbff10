import { systemClock } from '../../platform/clock.ts';
import type { ExplanationAnswer } from '../answers.ts';
import type { Sink } from '../io.ts';
import { paintFor } from './paint.ts';
import { relative } from './time.ts';

/** Longest line of running text, in characters: longer ones are hard to read. */
const WIDEST = 100;

/** An explanation as people read it: the sentence first, then the reasons, what comes next and what to do. */
export function explanationText(
  { summary, reasons, next, next_at: nextAt, hints }: ExplanationAnswer,
  sink: Sink,
): string {
  const paint = paintFor(sink);
  const now = systemClock.now();
  const columns = Math.min(sink.columns, WIDEST);
  const item = (mark: string, text: string): string => {
    const [first = '', ...rest] = wrapped(text, columns - 4);
    return [`  ${mark} ${first}\n`, ...rest.map((line) => `    ${line}\n`)].join('');
  };
  const why = reasons.map(({ code, at, count, text, values }) => {
    const often = count === 1 ? '' : `${count} times, last `;
    const about = [code, at === null ? 'now' : `${often}${relative(at, now)}`].join(', ');
    const saw = isEmpty(values)
      ? ''
      : wrapped(JSON.stringify(values), columns - 4)
          .map((line) => `    ${paint('dim', line)}\n`)
          .join('');
    return `${item(paint('dim', '·'), text)}    ${paint('dim', about)}\n${saw}`;
  });
  const upcoming =
    next === null
      ? []
      : [item(paint('busy', '→'), nextAt === null ? next : `${relative(nextAt, now)} (${nextAt}): ${next}`)];
  const section = (title: string, lines: readonly string[]): string =>
    lines.length === 0 ? '' : `\n${paint('strong', title)}\n${lines.join('')}`;
  return [
    wrapped(summary, columns)
      .map((line) => `${paint('strong', line)}\n`)
      .join(''),
    section('Why', why),
    section('Next', upcoming),
    section(
      'What to do',
      hints.map((text) => item(paint('good', '›'), text)),
    ),
  ].join('');
}

function isEmpty(values: ExplanationAnswer['reasons'][number]['values']): boolean {
  return values === null || (typeof values === 'object' && Object.keys(values).length === 0);
}

/** Lines of at most `width` characters, broken at spaces outside of `code`; a word that is longer stands alone. */
function wrapped(text: string, width: number): readonly string[] {
  const words = text.match(/(?:`[^`]*`|\S)+/g) ?? [];
  const lines: string[] = [];
  for (const word of words) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= width) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}
