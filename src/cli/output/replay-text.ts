import { type DiffHunk, diffLines } from '../../domain/line-diff.ts';
import type { JsonDifference } from '../../domain/replay/json-difference.ts';
import { span } from '../../domain/span.ts';
import type { Sink } from '../io.ts';
import { type Paint, paintFor, toneOf } from './paint.ts';
import type { replayView } from './replay-view.ts';
import { cut, table } from './table.ts';

/** A replay as `--json` prints it. */
export type ReplayAnswer = ReturnType<typeof replayView>;

type End = ReplayAnswer['recorded'];

/** Differences, and lines of a comparison of texts, that are shown. */
const MOST_LINES = 40;
/** Characters of a value. */
const MOST_VALUE = 60;

/** A replay beside what it repeats, for people: how both ended, then where they differ. */
export function replayText(answer: ReplayAnswer, sink: Sink): string {
  const paint = paintFor(sink);
  const { job_id, instance, command, attempt, recorded, replayed, notes, missing_secrets: missing } = answer;
  return [
    `${paint('strong', `attempt ${attempt}`)} of ${instance} ${command} ${paint('dim', job_id)}, replayed; nothing was stored\n\n`,
    table(
      [{ head: '' }, { head: 'recorded', least: 16 }, { head: 'replayed', least: 16 }],
      [
        [
          'outcome',
          paint(toneOf(recorded.outcome), recorded.outcome),
          paint(toneOf(replayed.outcome), replayed.outcome),
        ],
        ['error', recorded.error?.code ?? '–', replayed.error?.code ?? '–'],
        ['exit', exitOf(recorded), exitOf(replayed)],
        ['took', span(recorded.duration_ms), span(replayed.duration_ms)],
        ['response', responseOf(recorded), responseOf(replayed)],
      ],
      sink.columns,
    ),
    differencesText(answer, paint, sink.columns),
    linesText('standard output', { before: recorded.raw_output ?? '', after: replayed.raw_output ?? '' }, paint),
    linesText('standard error', { before: recorded.stderr, after: replayed.stderr }, paint),
    ...[
      ...notes,
      ...(missing.length === 0 ? [] : [`*** stood in the place of secrets that were not given: ${missing.join(', ')}`]),
    ].map((note) => `\n${paint('warn', 'note')} ${note}\n`),
    `\n${verdict(answer, paint)}\n`,
  ].join('');
}

function verdict({ reproduced, differences_count: count }: ReplayAnswer, paint: Paint): string {
  if (!reproduced) return `${paint('warn', 'not reproduced')}: it ended otherwise`;
  return `${paint('good', 'reproduced')}: the outcome and the code of the error are the same${count === 0 ? ', and so is everything else' : ''}`;
}

function exitOf({ exit_code: code, signal }: End): string {
  return signal ?? (code === null ? '–' : String(code));
}

function responseOf({ response, response_truncated: truncated }: End): string {
  if (truncated) return 'too large to keep';
  return response === null ? 'none' : `${JSON.stringify(response).length} characters of JSON`;
}

/** Texts of several lines have a comparison of their own. */
function differencesText(
  { differences, differences_count: count }: ReplayAnswer,
  paint: Paint,
  columns: number,
): string {
  const own = differences.filter(({ path }) => path !== '/stdout' && path !== '/stderr');
  if (own.length === 0) return '';
  const shown = own.slice(0, MOST_LINES).map((one) => `  ${cut(lineOf(one, paint), columns - 2)}\n`);
  const more = count - (differences.length - own.length) - shown.length;
  return [`\n${paint('strong', 'differences')}\n`, ...shown, more > 0 ? `  and ${more} more: see --json\n` : ''].join(
    '',
  );
}

function lineOf({ path, kind, before, after }: JsonDifference, paint: Paint): string {
  const value = (json: JsonDifference['before']): string => cut(JSON.stringify(json ?? null), MOST_VALUE);
  switch (kind) {
    case 'added':
      return `${paint('good', '+')} ${path} ${value(after)}`;
    case 'removed':
      return `${paint('bad', '-')} ${path} ${value(before)}`;
    case 'changed':
      return `${paint('warn', '~')} ${path} ${value(before)} → ${value(after)}`;
    default:
      return kind satisfies never;
  }
}

function linesText(title: string, { before, after }: { before: string; after: string }, paint: Paint): string {
  const hunks = diffLines(before, after);
  if (hunks.length === 0) return '';
  const lines = hunks.flatMap((hunk) => hunkLines(hunk, paint));
  const more = lines.length - MOST_LINES;
  return [
    `\n${paint('strong', title)}\n`,
    ...lines.slice(0, MOST_LINES),
    more > 0 ? `  and ${more} more lines: see --json\n` : '',
  ].join('');
}

function hunkLines({ oldLine, newLine, lines }: DiffHunk, paint: Paint): readonly string[] {
  return [
    `  ${paint('dim', `@@ ${oldLine} ${newLine} @@`)}\n`,
    ...lines.map(({ kind, text }) =>
      kind === 'same'
        ? `    ${text}\n`
        : kind === 'old'
          ? `  ${paint('bad', `- ${text}`)}\n`
          : `  ${paint('good', `+ ${text}`)}\n`,
    ),
  ];
}
