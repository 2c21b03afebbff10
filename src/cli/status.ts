import { refuseIfHeld } from '../disk/lock.ts';
import { peekStateDir } from '../disk/peek-state-dir.ts';
import { OperatorError } from '../domain/errors.ts';
import { parseInstant } from '../domain/instant.ts';
import { span } from '../domain/span.ts';
import { systemClock } from '../platform/clock.ts';
import type { JobSummaryAnswer, StatusAnswer } from './answers.ts';
import type { AddCommand, Session } from './command.ts';
import { healthOf, healthText } from './health.ts';
import { bytesText } from './output/bytes.ts';
import { countText } from './output/count-text.ts';
import { expectationTable } from './output/expectation-table.ts';
import { heldText } from './output/held-text.ts';
import { jobTable } from './output/job-table.ts';
import { rhythmAnswerText } from './output/rhythm.ts';
import { type Column, table } from './output/table.ts';
import { nextText, relative } from './output/time.ts';
import { visible } from './output/visible.ts';
import { WATCH_OPTION, watch } from './watch.ts';

/** `ductile status`: the gateway at a glance. */
export const addStatus: AddCommand = (parent, run) => {
  parent
    .command('status')
    .description('the gateway at a glance: what runs, what waits and why, what comes next')
    .option('--health', 'also run the health command of each instance that has one')
    .option(...WATCH_OPTION)
    .addHelpText('after', '\nExample:\n  $ ductile status\n  $ ductile status --watch')
    .action(
      run<StatusOptions>((session, options) => {
        if (options.watch === true) return live(session, options);
        return session.withGateway('read', async (connection) => {
          const status = await connection.request<StatusAnswer>('GET', '/api/v1/status');
          if (options.health !== true) {
            session.show(status, (shown) => statusText(shown, session));
            return 0;
          }
          const health = await healthOf(connection, status);
          const shown = { ...status, health };
          session.show(shown, (all) => `${statusText(all, session)}\n${healthText(all.health, session)}`);
          return health.some((report) => report.health === 'failed') ? 1 : 0;
        });
      }),
    );
};

interface StatusOptions {
  readonly health?: boolean;
  readonly watch?: boolean;
}

/** Jobs that a live view shows: those that run, and the latest of all. */
const LIVE_JOBS = 8;

function live(session: Session, { health }: StatusOptions): Promise<number> {
  if (health !== true) return watch(session, () => liveText(session));
  throw new OperatorError('usage', '--health runs plugins, which a live view would do every second', {
    hint: 'leave out --health or --watch',
  });
}

/** The gateway as it is now, with what runs and what came last. */
function liveText(session: Session): Promise<string> {
  return session.withGateway('read', async ({ request }) => {
    const jobsOf = (query: string) =>
      request<{ readonly jobs: readonly JobSummaryAnswer[] }>('GET', `/api/v1/jobs?limit=${LIVE_JOBS}${query}`);
    const [status, running, latest] = await Promise.all([
      request<StatusAnswer>('GET', '/api/v1/status'),
      jobsOf('&status=running'),
      jobsOf(''),
    ]);
    const section = (title: string, { jobs }: typeof running): string =>
      jobs.length === 0 ? '' : `\n${session.paint('strong', title)}\n${jobTable(visible(jobs), session.io.stdout)}`;
    return `${statusText(visible(status), session)}${section('Running', running)}${section('Latest', latest)}`;
  });
}

function statusText(status: StatusAnswer, session: Session): string {
  const { paint } = session;
  const now = systemClock.now();
  const { jobs } = status;
  const uptime = status.started_at === null ? 0 : now - (parseInstant(status.started_at) ?? now);
  const head = status.running
    ? `${paint('good', '●')} ${paint('strong', status.name)} is running (pid ${status.pid}) for ${span(uptime)}, ${status.slots} slots`
    : `${paint('dim', '○')} ${paint('strong', status.name)} is not running; this is what its files say`;
  return [
    `${head}\n`,
    status.running ? '' : holderLine(status, session),
    `  ${paint('dim', 'config')} ${status.config_file} ${paint('dim', `(version ${status.config_version})`)}\n`,
    `  ${paint('dim', 'jobs')}   ${countText(jobs, 'queued')} queued${retryingText(jobs, (text) => ` (${text})`)}, ${countText(jobs, 'running')} running; last 24 h: ${countText(jobs, 'succeeded')} succeeded, ${failures(jobs, session)}\n`,
    webhooksLine(status, session),
    status.api_at === null ? '' : `  ${paint('dim', 'api')}    http://${status.api_at}\n`,
    storageLine(status, session, now),
    backupLine(status, session, now),
    status.paused_at === null
      ? ''
      : `  ${paint('dim', 'paused')} ${paint('warn', `${relative(status.paused_at, now)}: no job starts until \`ductile resume\``)}\n`,
    '\n',
    instanceTable(status, session),
    status.schedules.length === 0 ? '' : `\n${scheduleTable(status, session, now)}`,
    status.expectations.length === 0 ? '' : `\n${expectationTable(status.expectations, session, now)}`,
    status.instances.some(isKept)
      ? `\n${paint('dim', 'ductile explain <instance> says why jobs wait and what to do')}\n`
      : '',
  ].join('');
}

/** Whoever holds the files and does not answer is no stopped gateway. */
function holderLine({ config_file: file }: StatusAnswer, { io, paint }: Session): string {
  try {
    refuseIfHeld(peekStateDir({ file, env: io.env }));
    return '';
  } catch (error) {
    if (!(error instanceof OperatorError) || error.code !== 'already_running') return '';
    const rest = 'but does not answer: it is starting, stopping, or lost its socket';
    return `  ${paint('dim', 'held')}   ${paint('warn', `${error.message}, ${rest}`)}\n`;
  }
}

function webhooksLine({ running, webhooks_at: at, webhooks_listen: listen }: StatusAnswer, { paint }: Session): string {
  const line = (text: string): string => `  ${paint('dim', 'hooks')}  ${text}\n`;
  if (at !== null) return line(`webhooks at http://${at}`);
  if (!running || listen === null) return '';
  const todo = 'end what listens there, then run `ductile reload`';
  return line(paint('warn', `nobody listens for webhooks at ${listen}, so no delivery comes in: ${todo}`));
}

function storageLine({ storage }: StatusAnswer, { paint }: Session, now: number): string {
  if (storage.ok) return '';
  const since = `since ${relative(storage.since, now)}; nothing new is accepted or started`;
  return `  ${paint('dim', 'disk')}   ${paint('bad', storage.message ?? 'the storage refuses')} ${paint('dim', `(${since})`)}\n`;
}

function backupLine({ backup }: StatusAnswer, { paint }: Session, now: number): string {
  if (backup === null) return '';
  const { last, making, failing_since, error, next_at } = backup;
  const there = last === null ? 'none yet' : `${relative(last.at, now)} (${bytesText(last.bytes)})`;
  const next = making ? ', one is being made' : next_at === null ? '' : `, next ${relative(next_at, now)}`;
  const failing =
    failing_since === null ? '' : ` ${paint('bad', `failing since ${relative(failing_since, now)}: ${error}`)}`;
  return `  ${paint('dim', 'backup')} ${there}${next}${failing}\n`;
}

/** How many of the queued jobs failed before, in words; empty when none did. */
function retryingText(
  { retrying, retrying_capped }: StatusAnswer['jobs'],
  within: (text: string) => string = (text) => text,
): string {
  if (retrying === 0) return '';
  const count = retrying_capped === true ? `${retrying}+` : String(retrying);
  return within(`${count} ${count === '1' ? 'waits for its' : 'wait for their'} next try`);
}

function failures(jobs: StatusAnswer['jobs'], { paint }: Session): string {
  const text = `${countText(jobs, 'failed')} failed, ${countText(jobs, 'dead')} dead`;
  if (jobs.failed + jobs.dead === 0) return text;
  const worse = jobs.dead > jobs.failed ? 'dead' : 'failed';
  return `${paint('bad', text)} ${paint('dim', `(ductile job list --status ${worse})`)}`;
}

/** True where somebody may ask why nothing happens. */
function isKept({ jobs, paused_at, unhealthy_since, held, breakers }: StatusAnswer['instances'][number]): boolean {
  return (
    jobs.retrying > 0 ||
    [paused_at, unhealthy_since, held].some((one) => one !== null) ||
    breakers.some(({ state }) => state !== 'closed')
  );
}

const INSTANCES: readonly Column[] = [
  { head: 'INSTANCE', least: 16 },
  { head: 'PLUGIN', least: 12 },
  { head: 'QUEUED' },
  { head: 'RUNNING' },
  { head: 'OK 24 H' },
  { head: 'FAILED 24 H' },
  { head: 'NOTE', least: 20 },
];

const SCHEDULES: readonly Column[] = [
  { head: 'SCHEDULE', least: 20 },
  { head: 'WHEN', least: 16 },
  { head: 'LAST' },
  { head: 'NEXT' },
];

function instanceTable({ instances }: StatusAnswer, { io, paint }: Session): string {
  if (instances.length === 0) return 'no instances\n';
  const rows = instances.map(({ instance, plugin, enabled, jobs, paused_at, unhealthy_since, held, breakers }) => {
    const open = breakers
      .filter(({ state }) => state !== 'closed')
      .map(({ command, state }) => `breaker ${command} ${state}`);
    const notes = [
      enabled ? '' : 'disabled',
      paused_at === null ? '' : 'paused',
      unhealthy_since === null ? '' : 'unhealthy: its init has not succeeded',
      retryingText(jobs),
      held === null || held.reason === 'paused' || held.reason === 'unhealthy' ? '' : `held: ${heldText(held)}`,
      ...open,
    ].filter((text) => text !== '');
    const bad = countText(jobs, 'failed', 'dead');
    return [
      instance,
      plugin,
      countText(jobs, 'queued'),
      countText(jobs, 'running'),
      countText(jobs, 'succeeded'),
      bad === '0' ? bad : paint('bad', bad),
      notes.join(', '),
    ];
  });
  return table(INSTANCES, rows, io.stdout.columns);
}

function scheduleTable({ schedules }: StatusAnswer, { io }: Session, now: number): string {
  const rows = schedules.map((view) => [
    view.schedule,
    rhythmAnswerText(view.rhythm),
    relative(view.last_slot_at, now),
    nextText(view, now),
  ]);
  return table(SCHEDULES, rows, io.stdout.columns);
}
