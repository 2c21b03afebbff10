import { OperatorError, type Problem } from '../../domain/errors.ts';
import { isDiskRefusal } from '../../domain/storage-refusal.ts';
import type { Sink } from '../io.ts';
import { jsonOutput } from './json-text.ts';
import { paintFor } from './paint.ts';
import { visible, visibleText } from './visible.ts';

/** Says an error on `sink`: as one JSON object, or for people with place and hint. Returns the exit code. */
export function fail(error: unknown, { sink, json }: { sink: Sink; json: boolean }): number {
  const known = error instanceof OperatorError ? error : asBug(error);
  const { code, message, hint, location, problems } = known;
  if (json) {
    const listed = problems.length === 0 ? {} : { problems: problems.map(problemJson) };
    sink.write(jsonOutput({ error: { code, message, hint, location, ...listed } }, sink));
    return known.exitCode;
  }
  const paint = paintFor(sink);
  for (const problem of problems) sink.write(problemText(problem, sink));
  const place = location === null ? '' : `${location.file}:${location.line}:${location.column}: `;
  sink.write(`${paint('bad', 'error')} ${paint('dim', code)} ${place}${visibleText(message)}\n`);
  sink.write(`  ${paint('dim', '→')} ${visibleText(hint)}\n`);
  return known.exitCode;
}

/** A finding for people: place, code, what is wrong, what to do. */
export function problemText(problem: Problem, sink: Sink): string {
  const paint = paintFor(sink);
  const { severity, code, message, location, hint } = visible(problem);
  const place = location === null ? '' : `${location.file}:${location.line}:${location.column} `;
  const tone = severity === 'error' ? 'bad' : 'warn';
  const next = hint === null ? '' : `\n  ${paint('dim', '→')} ${hint}`;
  return `${paint('strong', place)}${paint(tone, severity)} ${paint('dim', code)} ${message}${next}\n`;
}

/** A finding as `--json` shows it. */
export function problemJson({ severity, code, message, location, hint }: Problem) {
  return { severity, code, message, location, hint };
}

function asBug(error: unknown): OperatorError {
  // Whatever file it was about: on a disk that refuses nothing is a bug.
  if (error instanceof Error && isDiskRefusal(error)) {
    return new OperatorError('storage_unavailable', error.message, { cause: error });
  }
  const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return new OperatorError('internal', message, { cause: error });
}
