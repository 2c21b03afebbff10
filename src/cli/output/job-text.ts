import { parseInstant } from '../../domain/instant.ts';
import type { Json } from '../../domain/json.ts';
import { systemClock } from '../../platform/clock.ts';
import type { AttemptAnswer, JobAnswer, JobSummaryAnswer } from '../answers.ts';
import type { Sink } from '../io.ts';
import { type Paint, paintFor, toneOf } from './paint.ts';
import { table } from './table.ts';
import { relative, span } from './time.ts';

/** Longest JSON value that is printed on one line, in characters. */
const ONE_LINE = 100;

/** Jobs as a table, in the order given. */
export function jobTable(jobs: readonly JobSummaryAnswer[], sink: Sink): string {
  if (jobs.length === 0) return 'no jobs\n';
  const paint = paintFor(sink);
  const now = systemClock.now();
  const rows = jobs.map((job) => [
    job.id,
    paint(toneOf(job.status), job.status),
    `${job.instance} ${job.command}`,
    `${job.attempts_used}/${job.max_attempts}`,
    relative(job.created_at, now),
    job.submitted_by,
    note(job, now),
  ]);
  return table(['JOB', 'STATUS', 'INSTANCE', 'ATTEMPTS', 'CREATED', 'BY', ''], rows, sink.columns);
}

/** Everything about one job, the way a person reads it: what it is, where it came from, each attempt, what it led to. */
export function jobText(job: JobAnswer, sink: Sink): string {
  const paint = paintFor(sink);
  const now = systemClock.now();
  const fact = (name: string, value: string): string => `  ${paint('dim', name.padEnd(9))} ${value}\n`;
  return [
    `${paint('strong', job.id)} ${paint(toneOf(job.status), job.status)}\n`,
    fact('runs', `${job.instance} ${job.command}${job.plugin === job.instance ? '' : ` (plugin ${job.plugin})`}`),
    fact(
      'created',
      `${relative(job.created_at, now)} by ${job.submitted_by}${job.priority === 0 ? '' : `, priority ${job.priority}`}`,
    ),
    job.status === 'queued' ? fact('due', relative(job.run_at, now)) : '',
    job.dedupe_key === null ? '' : fact('key', job.dedupe_key),
    job.lineage.length < 2 ? '' : fact('lineage', lineageText(job, paint)),
    fact('payload', jsonText(job.payload)),
    job.result === null ? '' : fact('result', jsonText(job.result)),
    job.last_error === null ? '' : fact('error', paint('bad', `${job.last_error.code}: ${job.last_error.message}`)),
    ...section(
      'Attempts',
      job.attempts.map((attempt) => attemptText(attempt, paint)),
      paint,
    ),
    ...section(
      'Events',
      job.events.map((event) => `  ${event.type}  ${paint('dim', event.event_id)}  ${jsonText(event.payload)}\n`),
      paint,
    ),
    ...section(
      'Jobs it caused',
      job.children.map(
        (child) =>
          `  ${child.id}  ${paint(toneOf(child.status), child.status)}  ${child.instance} ${child.command}  ${paint('dim', child.submitted_by)}\n`,
      ),
      paint,
    ),
    ...section(
      'Decisions',
      job.decisions.map((decision) => `  ${paint('dim', decision.code)} ${decision.text}\n`),
      paint,
    ),
  ].join('');
}

/** A JSON value on one line when it is short, indented otherwise; a string result stands as it is. */
export function jsonText(value: Json): string {
  if (typeof value === 'string' && value.includes('\n')) return `\n${indented(value.trimEnd())}`;
  const line = JSON.stringify(value);
  return line.length <= ONE_LINE ? line : `\n${indented(JSON.stringify(value, null, 2))}`;
}

function lineageText(job: JobAnswer, paint: Paint): string {
  const arrow = paint('dim', ' → ');
  const first = job.lineage[0]?.submitted_by ?? '';
  const steps = job.lineage.map((step) => {
    const name = `${step.instance} ${step.command}`;
    return step.event_type === null ? name : `${paint('busy', step.event_type)}${arrow}${name}`;
  });
  return [first, ...steps].join(arrow);
}

function attemptText(attempt: AttemptAnswer, paint: Paint): string {
  const outcome = attempt.outcome ?? 'running';
  const exit =
    attempt.signal ??
    (attempt.exit_code === null || attempt.exit_code === undefined ? null : `exit ${attempt.exit_code}`);
  const took = attempt.duration_ms === undefined ? null : span(attempt.duration_ms);
  const facts = [exit, took].filter((fact) => fact !== null).join(', ');
  const error =
    attempt.error === null || attempt.error === undefined
      ? ''
      : `    ${attempt.error.code}: ${attempt.error.message}\n`;
  return [
    `  #${attempt.attempt} ${paint(toneOf(outcome), outcome)}${facts === '' ? '' : paint('dim', `  ${facts}`)}${retryText(attempt, paint)}\n`,
    error,
    quoted('stderr', attempt.stderr ?? '', paint),
    ...(attempt.logs ?? []).map(
      (entry) => `    ${paint('dim', `${entry.level} │`)} ${entry.message}${fieldsText(entry.fields)}\n`,
    ),
    (attempt.logs_dropped ?? 0) > 0 ? `    ${attempt.logs_dropped} more log entries were dropped\n` : '',
    ...(attempt.warnings ?? []).map((warning) => `    ${paint('warn', 'warning')} ${warning}\n`),
    quoted('stdout', attempt.raw_output ?? '', paint),
    attempt.response_truncated === true ? '    the response was too large to keep\n' : '',
  ].join('');
}

function retryText(attempt: AttemptAnswer, paint: Paint): string {
  const retryAt = attempt.retry_at ?? null;
  const endedAt = attempt.ended_at ?? null;
  if (retryAt === null || endedAt === null) return '';
  const wait = (parseInstant(retryAt) ?? 0) - (parseInstant(endedAt) ?? 0);
  return paint('warn', `  again after ${span(Math.max(wait, 0))} (${retryAt})`);
}

function quoted(name: string, text: string, paint: Paint): string {
  if (text.trim() === '') return '';
  const lines = text.trimEnd().split('\n');
  return lines.map((line) => `    ${paint('dim', `${name} │`)} ${line}\n`).join('');
}

function fieldsText(fields: Json): string {
  const text = JSON.stringify(fields);
  return text === '{}' ? '' : ` ${text}`;
}

function section(title: string, lines: readonly string[], paint: Paint): readonly string[] {
  return lines.length === 0 ? [] : [`${paint('strong', title)}\n`, ...lines];
}

function indented(text: string): string {
  return text
    .split('\n')
    .map((line) => `    ${line}`)
    .join('\n');
}

function note(job: JobSummaryAnswer, now: number): string {
  if (job.last_error !== null) {
    const again = job.status === 'queued' ? ` (again ${relative(job.run_at, now)})` : '';
    return `${job.last_error.code}: ${job.last_error.message.split('\n')[0] ?? ''}${again}`;
  }
  return job.status === 'queued' && (parseInstant(job.run_at ?? '') ?? 0) > now
    ? `due ${relative(job.run_at, now)}`
    : '';
}
