import { formatInstant } from '../domain/instant.ts';
import { systemClock } from '../platform/clock.ts';
import type { StoredDecisionAnswer } from './answers.ts';
import { type AddCommand, limitOf, type Session } from './command.ts';
import { more } from './output/more.ts';
import { type Column, table } from './output/table.ts';
import { relative } from './output/time.ts';
import { queryOf } from './query.ts';
import { sinceOf } from './since.ts';

interface ListOptions {
  readonly code?: string;
  readonly instance?: string;
  readonly schedule?: string;
  readonly route?: string;
  readonly job?: string;
  readonly event?: string;
  readonly since?: string;
  readonly limit: string;
  readonly cursor?: string;
}

interface ListAnswer {
  readonly decisions: readonly StoredDecisionAnswer[];
  readonly next_cursor: string | null;
}

/** `ductile decision …`: why things did or did not happen. */
export const addDecision: AddCommand = (parent, run) => {
  const decision = parent.command('decision').description('list why things did or did not happen');
  decision
    .command('list')
    .description('decisions, newest first')
    .option('--code <code>', 'of one kind, such as slot_overlap')
    .option('--instance <name>', 'about one instance')
    .option('--schedule <name>', 'about one schedule (instance/schedule)')
    .option('--route <name>', 'of one route')
    .option('--job <id>', 'about one job')
    .option('--event <id>', 'about one event')
    .option('--since <time>', 'made or repeated after: a duration back from now (6h) or an RFC 3339 instant')
    .option('--limit <number>', 'how many', '20')
    .option('--cursor <cursor>', 'next_cursor of the page before')
    .addHelpText('after', '\nExample:\n  $ ductile decision list --code slot_overlap --since 24h')
    .action(run<ListOptions>(list));
};

async function list(session: Session, options: ListOptions): Promise<number> {
  const { job, event, since, limit, code, instance, schedule, route, cursor } = options;
  const query = {
    ...{ code, instance, schedule, route, cursor },
    job_id: job,
    event_id: event,
    since: since === undefined ? undefined : formatInstant(sinceOf(since, systemClock.now())),
    limit: limitOf(limit),
  };
  return session.withGateway('read', async ({ request }) => {
    const page = await request<ListAnswer>('GET', `/api/v1/decisions${queryOf(query)}`);
    session.show(page, ({ decisions, next_cursor }) => decisionTable(decisions, session) + more(next_cursor));
    return 0;
  });
}

const COLUMNS: readonly Column[] = [
  { head: 'CODE' },
  { head: 'LAST' },
  { head: 'COUNT', optional: true },
  { head: 'WHY', least: 24 },
];

function decisionTable(decisions: readonly StoredDecisionAnswer[], { io, paint }: Session): string {
  if (decisions.length === 0) return 'no decisions\n';
  const now = systemClock.now();
  const rows = decisions.map(({ code, last_at, count, text }) => [
    paint('strong', code),
    relative(last_at, now),
    count === 1 ? '' : String(count),
    text,
  ]);
  return table(COLUMNS, rows, io.stdout.columns);
}
