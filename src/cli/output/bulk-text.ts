import { systemClock } from '../../platform/clock.ts';
import type { BulkAnswer } from '../answers.ts';
import type { Sink } from '../io.ts';
import { paintFor } from './paint.ts';
import { relative } from './time.ts';

/** Jobs that are named; the others are counted. */
const MOST_NAMED = 20;

/** What became of many jobs; `did` is what was done to them, such as `retried`. */
export function bulkText(
  { jobs, done, failed, dry_run: dryRun, next_cursor: more, next_run_at: atRate }: BulkAnswer,
  { did, sink }: { readonly did: string; readonly sink: Sink },
): string {
  const paint = paintFor(sink);
  const now = systemClock.now();
  if (jobs.length === 0) return 'no jobs match\n';
  const good = jobs.filter(({ error }) => error === null);
  const last = good.at(-1)?.run_at ?? null;
  const spread = last !== null && atRate !== null ? `, the last one due ${relative(last, now)}` : '';
  const head = dryRun
    ? `${countOf(done)}${more === null ? '' : ' or more'} would be ${did}${spread}`
    : `${countOf(done)} ${did}${spread}`;
  const lines = [
    ...named(dryRun || done <= MOST_NAMED ? good : [], ({ job_id, replay_job_id }) =>
      replay_job_id === null ? job_id : `${job_id} ${paint('dim', '→')} ${replay_job_id}`,
    ),
    ...named(
      jobs.filter(({ error }) => error !== null),
      ({ job_id, error }) => `${job_id} ${paint('bad', `${error?.code}: ${error?.message}`)}`,
    ),
  ];
  const bad = failed === 0 ? '' : `, ${paint('bad', `${failed} not`)}`;
  return [`${head}${bad}\n`, ...lines].join('');
}

function countOf(count: number): string {
  return `${count} ${count === 1 ? 'job' : 'jobs'}`;
}

function named(jobs: BulkAnswer['jobs'], line: (job: BulkAnswer['jobs'][number]) => string): readonly string[] {
  const lines = jobs.slice(0, MOST_NAMED).map((job) => `  ${line(job)}\n`);
  return jobs.length > lines.length ? [...lines, `  … and ${jobs.length - lines.length} more\n`] : lines;
}
