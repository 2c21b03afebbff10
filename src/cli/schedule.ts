import { systemClock } from '../platform/clock.ts';
import type { ScheduleAnswer } from './answers.ts';
import type { AddCommand, Session } from './command.ts';
import { rhythmText } from './output/rhythm.ts';
import { type Column, table } from './output/table.ts';
import { nextText, relative } from './output/time.ts';

/** `ductile schedule …`: what runs when. */
export const addSchedule: AddCommand = (parent, run) => {
  const schedule = parent.command('schedule').description('list schedules');
  schedule
    .command('list')
    .description('every schedule with its last and next run')
    .addHelpText('after', '\nExample:\n  $ ductile schedule list')
    .action(
      run((session) =>
        session.withGateway('read', async ({ request }) => {
          const page = await request<ListAnswer>('GET', '/api/v1/schedules');
          session.show(page, ({ schedules }) => scheduleTable(schedules, session));
          return 0;
        }),
      ),
    );
};

interface ListAnswer {
  readonly schedules: readonly ScheduleAnswer[];
}

const COLUMNS: readonly Column[] = [
  { head: 'SCHEDULE', least: 20 },
  { head: 'WHEN', least: 16 },
  { head: 'ZONE', optional: true },
  { head: 'COMMAND', optional: true },
  { head: 'LAST' },
  { head: 'NEXT' },
  { head: 'LAST JOB', optional: true },
];

function scheduleTable(schedules: readonly ScheduleAnswer[], { io }: Session): string {
  if (schedules.length === 0) return 'no schedules\n';
  const now = systemClock.now();
  const rows = schedules.map((view) => [
    view.schedule,
    rhythmText(view.rhythm),
    view.timezone,
    view.command,
    relative(view.last_slot_at, now),
    nextText(view, now),
    view.last_job_id ?? '',
  ]);
  return table(COLUMNS, rows, io.stdout.columns);
}
