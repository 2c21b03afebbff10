import { parseInstant } from '../../domain/instant.ts';
import { systemClock } from '../../platform/clock.ts';
import type { JobSummaryAnswer } from '../answers.ts';
import type { Sink } from '../io.ts';
import { paintFor, toneOf } from './paint.ts';
import { type Column, table } from './table.ts';
import { relative } from './time.ts';

const COLUMNS: readonly Column[] = [
  { head: 'JOB' },
  { head: 'STATUS' },
  { head: 'INSTANCE', least: 16 },
  { head: 'CREATED' },
  { head: 'NOTE', least: 16, optional: true },
  { head: 'ATTEMPTS', optional: true },
  { head: 'BY', least: 20, optional: true },
];

/** Jobs as a table, in the order given. */
export function jobTable(jobs: readonly JobSummaryAnswer[], sink: Sink): string {
  if (jobs.length === 0) return 'no jobs\n';
  const paint = paintFor(sink);
  const now = systemClock.now();
  const rows = jobs.map((job) => [
    job.id,
    paint(toneOf(job.status), job.status),
    `${job.instance} ${job.command}`,
    relative(job.created_at, now),
    note(job, now),
    `${job.attempts_used}/${job.max_attempts}`,
    job.submitted_by,
  ]);
  return table(COLUMNS, rows, sink.columns);
}

function note(job: JobSummaryAnswer, now: number): string {
  const due = parseInstant(job.run_at ?? '') ?? 0;
  if (job.last_error !== null) {
    const again = job.status === 'queued' ? `again ${relative(job.run_at, now)}: ` : '';
    return `${again}${job.last_error.code}: ${job.last_error.message}`;
  }
  return job.status === 'queued' && due > now ? `due ${relative(job.run_at, now)}` : '';
}
