import { systemClock } from '../platform/clock.ts';
import type { EventAnswer, EventDetailAnswer } from './answers.ts';
import { type AddCommand, limitOf, type Session } from './command.ts';
import { decisionLines } from './output/decision-lines.ts';
import { jsonText } from './output/json-text.ts';
import { more } from './output/more.ts';
import { type Column, table } from './output/table.ts';
import { relative } from './output/time.ts';
import { queryOf } from './query.ts';

interface ListOptions {
  readonly type?: string;
  readonly source?: string;
  readonly job?: string;
  readonly limit: string;
  readonly cursor?: string;
}

interface ListAnswer {
  readonly events: readonly EventAnswer[];
  readonly next_cursor: string | null;
}

/** `ductile event …`: what happened. */
export const addEvent: AddCommand = (parent, run) => {
  const event = parent.command('event').description('list and show events');
  event
    .command('list')
    .description('events, newest first')
    .option('--type <type>', 'of one type, or a prefix such as health.*')
    .option('--source <source>', 'from one source, such as instance:inbox or cli')
    .option('--job <id>', 'emitted by one job')
    .option('--limit <number>', 'how many', '20')
    .option('--cursor <cursor>', 'next_cursor of the page before')
    .addHelpText('after', '\nExample:\n  $ ductile event list --type backup.done')
    .action(run<ListOptions>(list));
  event
    .command('show')
    .argument('<id>', 'event id')
    .description('one event, and what every route made of it')
    .addHelpText('after', '\nExample:\n  $ ductile event show 0197…')
    .action(run<unknown, readonly [string]>((session, _options, id) => show(session, id)));
};

async function list(session: Session, { type, source, job, limit, cursor }: ListOptions): Promise<number> {
  const path = `/api/v1/events${queryOf({ type, source, job_id: job, limit: limitOf(limit), cursor })}`;
  return session.withGateway('read', async ({ request }) => {
    const page = await request<ListAnswer>('GET', path);
    session.show(page, ({ events, next_cursor }) => eventTable(events, session) + more(next_cursor));
    return 0;
  });
}

async function show(session: Session, id: string): Promise<number> {
  return session.withGateway('read', async ({ request }) => {
    const event = await request<EventDetailAnswer>('GET', `/api/v1/events/${encodeURIComponent(id)}`);
    session.show(event, (shown) => eventText(shown, session));
    return 0;
  });
}

const COLUMNS: readonly Column[] = [
  { head: 'EVENT' },
  { head: 'TYPE', least: 16 },
  { head: 'SOURCE', least: 16, optional: true },
  { head: 'WHEN' },
  { head: 'PAYLOAD', least: 12, optional: true },
];

function eventTable(events: readonly EventAnswer[], { io }: Session): string {
  if (events.length === 0) return 'no events\n';
  const now = systemClock.now();
  const rows = events.map((event) => [
    event.event_id,
    event.type,
    event.source,
    relative(event.created_at, now),
    JSON.stringify(event.payload),
  ]);
  return table(COLUMNS, rows, io.stdout.columns);
}

function eventText(event: EventDetailAnswer, { paint, io }: Session): string {
  const fact = (name: string, value: string): string =>
    `  ${paint('dim', name)}${' '.repeat(10 - name.length)}${value}\n`;
  return [
    `${paint('strong', event.event_id)} ${paint('busy', event.type)}\n`,
    fact('source', event.source),
    fact('when', `${relative(event.created_at, systemClock.now())} (${event.created_at ?? ''})`),
    event.job_id === null ? '' : fact('job', `${event.job_id} attempt ${event.attempt ?? ''}`),
    fact('payload', jsonText(event.payload, { indent: 12, columns: io.stdout.columns })),
    event.decisions.length === 0 ? '' : `${paint('strong', 'Routes')}\n`,
    ...decisionLines(event.decisions, paint),
    event.jobs.length === 0 ? '' : `${paint('strong', 'Jobs it caused')}\n`,
    ...event.jobs.map((id) => `  ${id}\n`),
  ].join('');
}
