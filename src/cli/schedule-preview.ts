import type { Command } from 'commander';
import { findConfig } from '../disk/find-config.ts';
import { OperatorError } from '../domain/errors.ts';
import { formatInstant, parseInstant } from '../domain/instant.ts';
import { localInstant } from '../domain/local-instant.ts';
import type { CompiledSchedule } from '../domain/schedule.ts';
import { type Foreseen, type Foresight, foresee, markBefore, type Span } from '../domain/schedule-preview.ts';
import { scheduleName } from '../domain/snapshot-difference.ts';
import { systemClock } from '../platform/clock.ts';
import type { JobSummaryAnswer, ScheduleAnswer } from './answers.ts';
import type { AddCommand, Session } from './command.ts';
import { queryOf } from './query.ts';

const DAY_MS = 86_400_000;
/** Entries that are told of one schedule. */
const MOST_SLOTS = 1_000;
/** Longest span that is looked at, in milliseconds. */
const LONGEST_MS = 3_660 * DAY_MS;
/** How many of the latest jobs tell how long runs take. */
const PAST_JOBS = '500';

interface PreviewOptions {
  readonly days?: string;
  readonly from?: string;
  readonly to?: string;
  readonly down?: string;
}

/** `ductile schedule preview`: what the scheduler would do, for a configuration that need not be in force. */
export const addSchedulePreview: AddCommand = (parent: Command, run) => {
  parent
    .command('preview')
    .argument('[schedule]', '<instance>/<schedule>, or <instance> for all of its schedules (default: every schedule)')
    .description('what would run, move and be skipped, and why; nothing is started or stored')
    .option('--days <number>', 'how many days (default: 7)')
    .option('--from <time>', 'where to begin: a date, a date and time, or an instant (default: now)')
    .option('--to <time>', 'where to end, instead of --days')
    .option('--down <from..to>', 'suppose that the gateway does not run meanwhile: two times')
    .addHelpText('after', '\nExample:\n  $ ductile schedule preview --from 2026-10-24 --days 3')
    .action(run<PreviewOptions, readonly [string | undefined]>(preview));
};

async function preview(session: Session, options: PreviewOptions, name: string | undefined): Promise<number> {
  const { io, config } = session;
  const [{ loadSnapshot }, { previewText }] = await Promise.all([
    import('../disk/build-snapshot.ts'),
    import('./output/preview-text.ts'),
  ]);
  const file = findConfig({ explicit: config, env: io.env, cwd: io.cwd });
  const { snapshot } = loadSnapshot({ file, env: io.env });
  const chosen = snapshot.schedules.filter((one) => isMeant(one, name));
  if (chosen.length === 0 && name !== undefined) {
    throw new OperatorError('not_found', `no schedule "${name}" is configured`, {
      hint: '`ductile schedule list` shows every schedule',
    });
  }
  const timezone = zoneOf(chosen);
  const span = spanOf(options, timezone);
  const down = options.down === undefined ? null : downOf(options.down, timezone);
  const past = await pastOf(session);
  const foreseen = chosen.map((schedule) => {
    const known = past.schedules.find((one) => one.schedule === scheduleName(schedule));
    const enabled = snapshot.instances.get(schedule.instance)?.enabled === true;
    const shut = !enabled ? 'slot_disabled' : (known?.paused_at ?? null) === null ? null : 'slot_paused';
    const durationMs = past.durationOf(schedule);
    const mark = (known?.last_slot_at ?? null) === null ? span.from : markBefore(schedule, span.from);
    const skipAt = parseInstant(known?.skip_at ?? '');
    const about = { durationMs: durationMs ?? 0, skipAt, most: MOST_SLOTS };
    const foresight = foresee(schedule, { ...span, mark, down, shut, ...about });
    return { schedule, durationMs, ...foresight };
  });
  // Of tens of thousands of slots a timeline needs the count; to spell each of them out takes longer than to foresee it.
  session.show(session.json ? previewJson({ ...span, down, schedules: foreseen }) : null, () =>
    previewText({ ...span, down, timezone, schedules: foreseen, listed: name !== undefined }, session),
  );
  return 0;
}

function previewJson({
  from,
  to,
  down,
  schedules,
}: Span & {
  readonly down: Span | null;
  readonly schedules: readonly (Foresight & {
    readonly schedule: CompiledSchedule;
    readonly durationMs: number | null;
  })[];
}) {
  const slots = schedules.flatMap((one) => one.slots).toSorted((a, b) => a.at - b.at);
  return {
    from: formatInstant(from),
    to: formatInstant(to),
    down: down === null ? null : { from: formatInstant(down.from), to: formatInstant(down.to) },
    slots: slots.map(slotJson),
    schedules: schedules.map(({ schedule, durationMs, until }) => ({
      schedule: scheduleName(schedule),
      until: formatInstant(until),
      duration_ms: durationMs,
    })),
  };
}

function slotJson({ schedule, at, nominalAt, outcome, reason, count }: Foreseen) {
  return { schedule, at: formatInstant(at), nominal_at: formatInstant(nominalAt), outcome, reason, count };
}

/** The zone that all of them have, else UTC. */
function zoneOf(schedules: readonly CompiledSchedule[]): string {
  const [zone = 'UTC', ...others] = new Set(schedules.map(({ timezone }) => timezone));
  return others.length === 0 ? zone : 'UTC';
}

function isMeant(schedule: CompiledSchedule, name: string | undefined): boolean {
  return name === undefined || schedule.instance === name || scheduleName(schedule) === name;
}

function spanOf({ days, from: fromText, to: toText }: PreviewOptions, timezone: string): Span {
  if (days !== undefined && toText !== undefined) {
    throw new OperatorError('usage', '--days and --to exclude each other', { hint: 'give one of them' });
  }
  const from = fromText === undefined ? systemClock.now() : instantOf('--from', fromText, timezone);
  const to = toText === undefined ? from + daysOf(days ?? '7') * DAY_MS : instantOf('--to', toText, timezone);
  if (to <= from || to - from > LONGEST_MS) {
    throw new OperatorError('usage', `${formatInstant(from)} to ${formatInstant(to)} is no span of up to ten years`, {
      hint: '--to lies after --from',
    });
  }
  return { from, to };
}

function daysOf(text: string): number {
  if (/^\d{1,4}$/.test(text) && Number(text) > 0) return Number(text);
  throw new OperatorError('usage', `--days "${text}" is not a whole number of days from 1 to ten years`, {
    hint: 'write digits only, such as --days 30',
  });
}

function downOf(text: string, timezone: string): Span {
  const [from = '', to = '', ...more] = text.split('..');
  const span = { from: instantOf('--down', from, timezone), to: instantOf('--down', to, timezone) };
  if (more.length === 0 && span.to > span.from) return span;
  throw new OperatorError('usage', `--down "${text}" is no span`, {
    hint: 'write 2026-11-23T00:00:00Z..2026-11-24T00:00:00Z',
  });
}

function instantOf(option: string, text: string, timezone: string): number {
  const at = localInstant(text, timezone);
  if (at !== null) return at;
  throw new OperatorError('usage', `${option} "${text}" is neither a date nor an instant`, {
    hint: `write 2026-11-23 or 2026-11-23T10:00 (on the clock of ${timezone}), or 2026-11-23T10:00:00Z`,
  });
}

interface Past {
  readonly schedules: readonly ScheduleAnswer[];
  /** How long half of its latest successful runs took at most, in milliseconds; null: it is not known. */
  durationOf(schedule: CompiledSchedule): number | null;
}

/** What the gateway, or its files, remember; nothing for a configuration that never ran. */
async function pastOf(session: Session): Promise<Past> {
  try {
    return await session.withGateway('read', async ({ request }) => {
      const query = queryOf({ status: 'succeeded', limit: PAST_JOBS });
      const [{ schedules }, { jobs }] = await Promise.all([
        request<{ readonly schedules: readonly ScheduleAnswer[] }>('GET', '/api/v1/schedules'),
        request<{ readonly jobs: readonly JobSummaryAnswer[] }>('GET', `/api/v1/jobs${query}`),
      ]);
      return { schedules, durationOf: (schedule) => medianOf(jobs, `scheduler:${scheduleName(schedule)}`) };
    });
  } catch (error) {
    if (!(error instanceof OperatorError)) throw error;
    return { schedules: [], durationOf: () => null };
  }
}

function medianOf(jobs: readonly JobSummaryAnswer[], submittedBy: string): number | null {
  const spans = jobs
    .filter((job) => job.submitted_by === submittedBy)
    .map((job) => (parseInstant(job.completed_at ?? '') ?? 0) - (parseInstant(job.started_at ?? '') ?? 0))
    .toSorted((a, b) => a - b);
  return spans[Math.floor(spans.length / 2)] ?? null;
}
