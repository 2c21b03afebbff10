import { systemClock } from '../../platform/clock.ts';
import type { DeadGroupAnswer, DeadJobsAnswer } from '../answers.ts';
import type { Sink } from '../io.ts';
import { jobTable } from './job-table.ts';
import { paintFor } from './paint.ts';
import { type Column, table } from './table.ts';
import { relative } from './time.ts';

const COLUMNS: readonly Column[] = [
  { head: 'FINGERPRINT' },
  { head: 'JOBS' },
  { head: 'INSTANCE', least: 16 },
  { head: 'LAST' },
  { head: 'FIRST', optional: true },
  { head: 'ERROR', least: 24 },
];

/** Groups of dead letters as a table, in the order given. */
export function deadTable(groups: readonly DeadGroupAnswer[], sink: Sink): string {
  if (groups.length === 0) return 'no dead letters\n';
  const now = systemClock.now();
  const paint = paintFor(sink);
  const rows = groups.map((group) => [
    group.fingerprint,
    String(group.count),
    `${group.instance} ${group.command}`,
    relative(group.last_at, now),
    relative(group.first_at, now),
    paint('bad', errorOf(group)),
  ]);
  return table(COLUMNS, rows, sink.columns);
}

/** One group with its jobs, and what can be done about it. */
export function deadText(group: DeadJobsAnswer, sink: Sink): string {
  const now = systemClock.now();
  const paint = paintFor(sink);
  const { fingerprint, count, instance, command } = group;
  return [
    `${paint('strong', fingerprint)} ${instance} ${command}, ${count === 1 ? '1 job' : `${count} jobs`}\n`,
    `  ${paint('bad', errorOf(group))}\n`,
    `  ${paint('dim', `first ${relative(group.first_at, now)}, last ${relative(group.last_at, now)}`)}\n\n`,
    jobTable(group.jobs, sink),
    `\n${paint('dim', `ductile dead retry --fingerprint ${fingerprint}`)}\n`,
  ].join('');
}

function errorOf({ code, message }: DeadGroupAnswer): string {
  return code === null ? 'no error was kept' : `${code}: ${message}`;
}
