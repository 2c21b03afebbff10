import { span } from '../../domain/span.ts';
import type { ExpectationAnswer } from '../answers.ts';
import type { Session } from '../command.ts';
import { type Column, table } from './table.ts';
import { relative } from './time.ts';

const COLUMNS: readonly Column[] = [
  { head: 'EXPECTATION', least: 16 },
  { head: 'OF', least: 20 },
  { head: 'WITHIN' },
  { head: 'LAST SEEN' },
  { head: 'STATE' },
];

/** Expectations for people; at least one. */
export function expectationTable(
  expectations: readonly ExpectationAnswer[],
  { io, paint }: Session,
  now: number,
): string {
  const rows = expectations.map(({ name, expected, within_ms, last_seen_at, due_at, missed_since }) => [
    name,
    expected,
    span(within_ms),
    last_seen_at === null ? 'never' : relative(last_seen_at, now),
    missed_since === null ? `due ${relative(due_at, now)}` : paint('bad', `missed ${relative(missed_since, now)}`),
  ]);
  return table(COLUMNS, rows, io.stdout.columns);
}
