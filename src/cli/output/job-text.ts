import { parseInstant } from '../../domain/instant.ts';
import type { Json } from '../../domain/json.ts';
import { span } from '../../domain/span.ts';
import { systemClock } from '../../platform/clock.ts';
import type { AttemptAnswer, JobAnswer } from '../answers.ts';
import type { Sink } from '../io.ts';
import { excerpt } from './excerpt.ts';
import { heldText } from './held-text.ts';
import { jsonText } from './json-text.ts';
import { type Paint, paintFor, toneOf } from './paint.ts';
import { widthOf } from './table.ts';
import { relative } from './time.ts';

/** Characters before the value of a fact. */
const FACT_INDENT = 12;

/** What a line is laid out for. */
interface Page {
  readonly paint: Paint;
  readonly columns: number;
  readonly isTerminal: boolean;
  readonly now: number;
}

/** Everything about one job, the way a person reads it: what it is, where it came from, each attempt, what it led to. */
export function jobText(job: JobAnswer, sink: Sink): string {
  const { columns, isTerminal } = sink;
  const page = { paint: paintFor(sink), columns, isTerminal, now: systemClock.now() };
  const { paint, now } = page;
  const fact = (name: string, value: string): string => {
    const label = value.startsWith('\n') ? name : name.padEnd(FACT_INDENT - 3);
    return `  ${paint('dim', label)}${value.startsWith('\n') ? '' : ' '}${value}\n`;
  };
  const json = (value: Json): string => excerpt(jsonText(value, { indent: FACT_INDENT, columns }), page).join('\n');
  return [
    `${paint('strong', job.id)} ${paint(toneOf(job.status), job.status)}\n`,
    fact('runs', `${job.instance} ${job.command}${job.plugin === job.instance ? '' : ` (plugin ${job.plugin})`}`),
    fact(
      'created',
      `${relative(job.created_at, now)} by ${job.submitted_by}${job.priority === 0 ? '' : `, priority ${job.priority}`}`,
    ),
    job.status === 'queued' ? fact('due', relative(job.run_at, now)) : '',
    job.held === null
      ? ''
      : fact('held', `${paint('warn', heldText(job.held))} ${paint('dim', `(ductile explain ${job.id})`)}`),
    job.replay_of === null ? '' : fact('replay', `of ${job.replay_of}`),
    job.replays.length === 0 ? '' : fact('replayed', `as ${job.replays.join(', ')}`),
    job.dedupe_key === null ? '' : fact('key', job.dedupe_key),
    fact('payload', json(job.payload)),
    job.result === null ? '' : fact('result', json(job.result)),
    job.last_error === null ? '' : fact('error', paint('bad', `${job.last_error.code}: ${job.last_error.message}`)),
    ...section('Lineage', lineageLines(job, page), page),
    ...section(
      'Attempts',
      job.attempts.map((attempt) => attemptText(attempt, page)),
      page,
    ),
    ...section('Events', eventLines(job, page), page),
    ...section('Jobs it caused', childLines(job, page), page),
    ...section(
      'Decisions',
      job.decisions.map(({ code, text }) => `  ${paint('dim', code)} ${text}\n`),
      page,
    ),
  ].join('');
}

/** The way from the trigger to this job, a line for each step with the job to look at. */
function lineageLines(job: JobAnswer, { paint }: Page): readonly string[] {
  if (job.lineage.length < 2) return [];
  const steps = job.lineage.map(({ job_id, instance, command, event_type }) => {
    const cause = event_type === null ? '' : `${paint('busy', event_type)} ${paint('dim', '→')} `;
    return {
      text: `${paint('dim', '→')} ${cause}${instance} ${command}`,
      jobId: job_id === job.id ? 'this job' : job_id,
    };
  });
  const width = Math.max(...steps.map(({ text }) => widthOf(text)));
  return [
    `  ${job.lineage[0]?.submitted_by ?? ''}\n`,
    ...steps.map(({ text, jobId }) => `  ${text}${' '.repeat(width - widthOf(text))}  ${paint('dim', jobId)}\n`),
  ];
}

function eventLines(job: JobAnswer, page: Page): readonly string[] {
  const { paint, columns } = page;
  return job.events.map(({ type, event_id, payload }) => {
    const payloadText = excerpt(jsonText(payload, { indent: 4, columns }), page).join('\n');
    const below = payloadText.startsWith('\n') ? payloadText : `\n    ${payloadText}`;
    return `  ${paint('busy', type)}  ${paint('dim', event_id)}${below}\n`;
  });
}

function childLines(job: JobAnswer, { paint }: Page): readonly string[] {
  return job.children.map(({ id, status, instance, command, submitted_by }) => {
    return `  ${id}  ${paint(toneOf(status), status)}  ${instance} ${command}  ${paint('dim', submitted_by)}\n`;
  });
}

function attemptText(attempt: AttemptAnswer, page: Page): string {
  const { paint, now } = page;
  const outcome = attempt.outcome ?? 'running';
  const exit = attempt.exit_code === null || attempt.exit_code === undefined ? null : `exit ${attempt.exit_code}`;
  const took = attempt.duration_ms === undefined ? null : span(attempt.duration_ms);
  const facts = [attempt.signal ?? exit, took, relative(attempt.started_at ?? null, now)];
  const error = attempt.error ?? null;
  return [
    `  #${attempt.attempt} ${paint(toneOf(outcome), outcome)}`,
    paint('dim', `  ${facts.filter((fact) => fact !== null).join(', ')}`),
    '\n',
    error === null ? '' : quoted(`${error.code}:`, error.message, page),
    quoted('stderr │', attempt.stderr ?? '', page),
    ...(attempt.logs ?? []).map(({ level, message, fields }) =>
      quoted(`${level} │`, `${message}${fieldsText(fields)}`, page),
    ),
    (attempt.logs_dropped ?? 0) > 0 ? `    ${attempt.logs_dropped} more log entries were dropped\n` : '',
    ...(attempt.warnings ?? []).map((warning) => `    ${paint('warn', 'warning')} ${warning}\n`),
    quoted('stdout │', attempt.raw_output ?? '', page),
    attempt.response_truncated === true ? '    the response was too large to keep\n' : '',
    retryText(attempt, paint),
  ].join('');
}

function retryText(attempt: AttemptAnswer, paint: Paint): string {
  const retryAt = attempt.retry_at ?? null;
  const endedAt = attempt.ended_at ?? null;
  if (retryAt === null || endedAt === null) return '';
  const wait = (parseInstant(retryAt) ?? 0) - (parseInstant(endedAt) ?? 0);
  const when = wait > 0 ? `again after ${span(wait)}` : 'again at once';
  return `    ${paint('warn', when)}, at ${retryAt}\n`;
}

function quoted(label: string, text: string, page: Page): string {
  if (text.trim() === '') return '';
  const { paint } = page;
  return excerpt(text.trimEnd(), page)
    .map((line) => `    ${paint('dim', label)} ${line}\n`)
    .join('');
}

function fieldsText(fields: Json): string {
  const text = JSON.stringify(fields);
  return text === '{}' ? '' : ` ${text}`;
}

function section(title: string, lines: readonly string[], { paint }: Page): readonly string[] {
  return lines.length === 0 ? [] : [`${paint('strong', title)}\n`, ...lines];
}
