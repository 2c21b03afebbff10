import { systemClock } from '../platform/clock.ts';
import type { ScheduleAnswer } from './answers.ts';
import type { AddCommand, Session } from './command.ts';
import { rhythmText } from './output/rhythm.ts';
import { table } from './output/table.ts';
import { relative } from './output/time.ts';

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
          const page = (await request('GET', '/api/v1/schedules')).body as unknown as {
            schedules: readonly ScheduleAnswer[];
          };
          session.show(page, () => scheduleTable(page.schedules, session));
          return 0;
        }),
      ),
    );
};

function scheduleTable(schedules: readonly ScheduleAnswer[], { io }: Session): string {
  if (schedules.length === 0) return 'no schedules\n';
  const now = systemClock.now();
  const rows = schedules.map((view) => [
    view.schedule,
    rhythmText(view.rhythm),
    view.timezone,
    view.command,
    relative(view.last_slot_at, now),
    view.paused_at === null ? relative(view.next_at, now) : 'paused',
    view.last_job_id ?? '',
  ]);
  return table(['SCHEDULE', 'WHEN', 'ZONE', 'COMMAND', 'LAST', 'NEXT', 'LAST JOB'], rows, io.stdout.columns);
}
