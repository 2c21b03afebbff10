import { OperatorError } from '../domain/errors.ts';
import { systemClock } from '../platform/clock.ts';
import type { ScheduleAnswer, SchedulePausedAnswer, ScheduleSkippedAnswer, SubmitAnswer } from './answers.ts';
import type { AddCommand, Session } from './command.ts';
import { sayNoGateway } from './no-gateway.ts';
import { rhythmAnswerText } from './output/rhythm.ts';
import { type Column, table } from './output/table.ts';
import { nextText, relative } from './output/time.ts';
import { addSchedulePreview } from './schedule-preview.ts';

/** `ductile schedule …`: what runs when. */
export const addSchedule: AddCommand = (parent, run) => {
  const schedule = parent.command('schedule').description('list, pause, resume, skip, run and preview schedules');
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
  const verbs = {
    pause: 'skip the slots of one schedule until it is resumed; a job that it made goes on',
    resume: 'fire the slots of a paused schedule again; those that passed are not caught up',
  } as const;
  for (const verb of ['pause', 'resume'] as const) {
    schedule
      .command(verb)
      .argument('<schedule>', '<instance>/<schedule>; <instance> alone means its schedule "default"')
      .description(verbs[verb])
      .addHelpText('after', `\nExample:\n  $ ductile schedule ${verb} hello/morning`)
      .action(run<unknown, readonly [string]>((session, _options, name) => change(session, name, verb)));
  }
  schedule
    .command('skip')
    .argument('<schedule>', '<instance>/<schedule>; <instance> alone means its schedule "default"')
    .description('skip the next slot of a schedule, and no other')
    .addHelpText('after', '\nExample:\n  $ ductile schedule skip hello/morning')
    .action(run<unknown, readonly [string]>(skipNext));
  schedule
    .command('run')
    .alias('run-now')
    .argument('<schedule>', '<instance>/<schedule>; <instance> alone means its schedule "default"')
    .description('make the job of a schedule now, beside its slots, paused or not')
    .addHelpText('after', '\nExample:\n  $ ductile schedule run hello/morning')
    .action(run<unknown, readonly [string]>(runNow));
  addSchedulePreview(schedule, run);
};

async function change(session: Session, name: string, verb: 'pause' | 'resume'): Promise<number> {
  return session.withGateway('write', async ({ request, dormant }) => {
    const answer = await request<SchedulePausedAnswer>('POST', `${pathOf(name)}/${verb}`);
    session.show(answer, ({ schedule, paused, changed }) => {
      const what = paused
        ? `is paused: its slots are skipped until \`ductile schedule resume ${schedule}\``
        : 'fires its slots again';
      const as = paused ? 'is paused already' : 'was not paused';
      return `${schedule} ${changed ? what : as}\n`;
    });
    if (dormant !== null) sayNoGateway(session);
    return 0;
  });
}

async function skipNext(session: Session, _options: unknown, name: string): Promise<number> {
  return session.withGateway('write', async ({ request, dormant }) => {
    const answer = await request<ScheduleSkippedAnswer>('POST', `${pathOf(name)}/skip`);
    session.show(answer, ({ schedule, skip_at, changed }) => {
      return `${schedule} skips its slot at ${skip_at}${changed ? '' : ', as it was asked to before'}\n`;
    });
    if (dormant !== null) sayNoGateway(session);
    return 0;
  });
}

async function runNow(session: Session, _options: unknown, name: string): Promise<number> {
  return session.withGateway('write', async ({ request, dormant }) => {
    const answer = await request<SubmitAnswer>('POST', `${pathOf(name)}/run`);
    session.show(answer, ({ job_id }) => `job ${job_id} is queued (\`ductile job show ${job_id}\`)\n`);
    if (dormant !== null) sayNoGateway(session);
    return 0;
  });
}

function pathOf(name: string): string {
  const [instance = '', id = 'default', ...more] = name.split('/');
  if (instance === '' || id === '' || more.length > 0) {
    throw new OperatorError('usage', `"${name}" is not <instance>/<schedule>`, {
      hint: '`ductile schedule list` shows every schedule',
    });
  }
  return `/api/v1/schedules/${encodeURIComponent(instance)}/${encodeURIComponent(id)}`;
}

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
    rhythmAnswerText(view.rhythm),
    view.timezone,
    view.command,
    relative(view.last_slot_at, now),
    nextText(view, now),
    view.last_job_id ?? '',
  ]);
  return table(COLUMNS, rows, io.stdout.columns);
}
