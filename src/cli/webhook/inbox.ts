import type { Command } from 'commander';
import { OperatorError } from '../../domain/errors.ts';
import { systemClock } from '../../platform/clock.ts';
import type {
  DeliveryAnswer,
  DeliveryDetailAnswer,
  RedeliverAnswer,
  RejectionAnswer,
  WebhookAnswer,
} from '../answers.ts';
import { type AddCommand, limitOf, type Session } from '../command.ts';
import { sayNoGateway } from '../no-gateway.ts';
import { deliveryText } from '../output/delivery-text.ts';
import { more } from '../output/more.ts';
import { toneOf } from '../output/paint.ts';
import { type Column, table } from '../output/table.ts';
import { relative } from '../output/time.ts';
import { queryOf } from '../query.ts';

interface ListOptions {
  readonly failed?: boolean;
  readonly rejected?: boolean;
  readonly limit: string;
  readonly cursor?: string;
}

interface DeliveriesAnswer {
  readonly deliveries: readonly DeliveryAnswer[];
  readonly next_cursor: string | null;
}

interface RejectionsAnswer {
  readonly rejected: readonly RejectionAnswer[];
  readonly next_cursor: string | null;
}

/** `ductile webhook list`, `deliveries`, `show` and `redeliver`: what came in, and once more. */
export const addInbox: AddCommand = (parent, run) => {
  parent
    .command('list')
    .description('every webhook with its address, what it becomes, and what came in during the last day')
    .addHelpText('after', '\nExample:\n  $ ductile webhook list')
    .action(run(list));
  addDeliveries(parent).action(run<ListOptions, readonly [string?]>(deliveries));
  parent
    .command('show')
    .argument('<id>', 'delivery id')
    .description('one delivery: headers, query, body, and what it became')
    .addHelpText('after', '\nExample:\n  $ ductile webhook show 0197…')
    .action(run<unknown, readonly [string]>(show));
  parent
    .command('redeliver')
    .argument('<id>', 'delivery id')
    .description('run a delivery that was only observed, or one whose job has ended badly, again')
    .addHelpText('after', '\nExample:\n  $ ductile webhook redeliver 0197…')
    .action(run<unknown, readonly [string]>(redeliver));
};

function addDeliveries(parent: Command): Command {
  return parent
    .command('deliveries')
    .argument('[name]', 'of one webhook')
    .description('what came in, newest first')
    .option('--failed', 'only those whose job has failed, is dead or was cancelled')
    .option('--rejected', 'instead: what was refused, counted by reason and sender')
    .option('--limit <number>', 'how many', '20')
    .option('--cursor <cursor>', 'next_cursor of the page before')
    .addHelpText('after', '\nExample:\n  $ ductile webhook deliveries github --failed');
}

function list(session: Session): Promise<number> {
  return session.withGateway('read', async ({ request }) => {
    const answer = await request<{ readonly webhooks: readonly WebhookAnswer[] }>('GET', '/api/v1/webhooks');
    session.show(answer, ({ webhooks }) => webhookTable(webhooks, session));
    return 0;
  });
}

const WEBHOOKS: readonly Column[] = [
  { head: 'WEBHOOK' },
  { head: 'ADDRESS', least: 24 },
  { head: 'SCHEME' },
  { head: 'BECOMES', least: 12, optional: true },
  { head: 'TAKEN' },
  { head: 'REPEATED' },
  { head: 'REFUSED' },
  { head: 'LAST' },
];

function webhookTable(webhooks: readonly WebhookAnswer[], { io, paint }: Session): string {
  if (webhooks.length === 0) return 'no webhooks: `webhooks.endpoints` is empty\n';
  const now = systemClock.now();
  const rows = webhooks.map((one) => [
    one.name,
    one.url ?? one.path,
    one.scheme === 'none' ? paint('warn', 'none') : one.scheme,
    one.mode === 'observe' ? paint('warn', 'observed only') : becomesText(one),
    String(one.accepted),
    String(one.repeated),
    one.rejected > 0 ? paint('warn', String(one.rejected)) : '0',
    relative(one.last_at, now),
  ]);
  const hint = webhooks.some(({ url }) => url === null) ? 'Set webhooks.public_url to see whole addresses.\n' : '';
  return `${table(WEBHOOKS, rows, io.stdout.columns)}\nCounts are of the last day.\n${hint}`;
}

function becomesText({ to, emits }: WebhookAnswer): string {
  const job = to === null ? [] : [`${to.instance} ${to.command}`];
  return [...job, ...(emits ? ['an event'] : [])].join(', ');
}

function deliveries(session: Session, options: ListOptions, name?: string): Promise<number> {
  const { failed = false, rejected = false, cursor } = options;
  if (failed && rejected) {
    throw new OperatorError('usage', '--failed and --rejected do not go together', {
      hint: 'what was refused has no job',
    });
  }
  const page = { webhook: name, limit: limitOf(options.limit), cursor };
  return session.withGateway('read', async ({ request }) => {
    if (rejected) {
      const answer = await request<RejectionsAnswer>('GET', `/api/v1/deliveries/rejected${queryOf(page)}`);
      session.show(answer, (shown) => rejectionTable(shown.rejected, session) + more(shown.next_cursor));
    } else {
      const query = queryOf({ ...page, failed: failed ? 'true' : undefined });
      const answer = await request<DeliveriesAnswer>('GET', `/api/v1/deliveries${query}`);
      session.show(answer, (shown) => deliveryTable(shown.deliveries, session) + more(shown.next_cursor));
    }
    return 0;
  });
}

const DELIVERIES: readonly Column[] = [
  { head: 'DELIVERY' },
  { head: 'WEBHOOK', least: 8 },
  { head: 'WHEN' },
  { head: 'BECAME', least: 12 },
  { head: 'REPEATS' },
  { head: 'BYTES', optional: true },
  { head: 'FROM', least: 9, optional: true },
  { head: 'SENDER ID', least: 12, optional: true },
];

function deliveryTable(deliveries: readonly DeliveryAnswer[], { io, paint }: Session): string {
  if (deliveries.length === 0) return 'no deliveries\n';
  const now = systemClock.now();
  const rows = deliveries.map((one) => [
    one.id,
    one.webhook,
    relative(one.received_at, now),
    one.job_status !== null
      ? `job ${paint(toneOf(one.job_status), one.job_status)}`
      : one.job_id !== null
        ? 'a job that is gone'
        : one.event_id !== null
          ? 'an event'
          : paint('dim', 'observed only'),
    one.repeats > 0 ? String(one.repeats) : '',
    String(one.body_bytes),
    one.remote,
    one.sender_id ?? '',
  ]);
  return table(DELIVERIES, rows, io.stdout.columns);
}

const REJECTIONS: readonly Column[] = [
  { head: 'WEBHOOK', least: 8 },
  { head: 'REASON' },
  { head: 'TIMES' },
  { head: 'FROM', least: 9 },
  { head: 'FIRST', optional: true },
  { head: 'LAST' },
];

function rejectionTable(rejected: readonly RejectionAnswer[], { io }: Session): string {
  if (rejected.length === 0) return 'nothing was refused\n';
  const now = systemClock.now();
  const rows = rejected.map(({ webhook, reason, count, remote, first_at, last_at }) => [
    webhook,
    reason,
    String(count),
    remote ?? 'several',
    relative(first_at, now),
    relative(last_at, now),
  ]);
  return table(REJECTIONS, rows, io.stdout.columns);
}

function show(session: Session, _options: unknown, id: string): Promise<number> {
  return session.withGateway('read', async ({ request }) => {
    const delivery = await request<DeliveryDetailAnswer>('GET', `/api/v1/deliveries/${encodeURIComponent(id)}`);
    session.show(delivery, (shown) => deliveryText(shown, session.io.stdout));
    return 0;
  });
}

function redeliver(session: Session, _options: unknown, id: string): Promise<number> {
  return session.withGateway('write', async ({ request, dormant }) => {
    const path = `/api/v1/deliveries/${encodeURIComponent(id)}/redeliver`;
    const answer = await request<RedeliverAnswer>('POST', path);
    session.show(answer, ({ redelivered, jobs, event_id }) =>
      [
        redelivered === 'run' && event_id !== null ? `event ${event_id}\n` : '',
        ...jobs.map((job) => `job ${job} is queued${redelivered === 'retried' ? ' again' : ''}\n`),
      ].join(''),
    );
    if (dormant !== null) sayNoGateway(session);
    return 0;
  });
}
