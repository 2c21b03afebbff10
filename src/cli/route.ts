import { formatDuration } from '../domain/units.ts';
import type { RouteAnswer, RouteTestAnswer } from './answers.ts';
import type { AddCommand, Session } from './command.ts';
import { decisionLines } from './output/decision-lines.ts';
import { jsonText } from './output/json-text.ts';
import { type Column, table } from './output/table.ts';
import { PAYLOAD_HELP, payloadOf } from './payload.ts';

interface TestOptions {
  readonly payload?: string;
  readonly dedupeKey?: string;
  readonly from?: string;
}

/** `ductile route …`: where events go. */
export const addRoute: AddCommand = (parent, run) => {
  const route = parent.command('route').description('list and try routes');
  route
    .command('list')
    .description(
      'every route, in the order of the configuration: which events it takes, on what condition, and where to',
    )
    .addHelpText('after', '\nExample:\n  $ ductile route list')
    .action(
      run((session) =>
        session.withGateway('read', async ({ request }) => {
          const page = await request<ListAnswer>('GET', '/api/v1/routes');
          session.show(page, ({ routes }) => routeTable(routes, session));
          return 0;
        }),
      ),
    );
  route
    .command('test')
    .argument('<type>', 'event type')
    .description('show which routes an event would take and what jobs they would make; nothing is stored')
    .option('-p, --payload <json>', PAYLOAD_HELP)
    .option('--dedupe-key <key>', "the event's dedupe key")
    .option('--from <source>', 'who emits it: an instance, webhook:<name>, api or cli (default: cli)')
    .addHelpText('after', `\nExample:\n  $ ductile route test backup.done --from backup --payload '{"bytes": 1024}'`)
    .action(
      run<TestOptions, readonly [string]>(async (session, options, type) => {
        const payload = await payloadOf(options.payload, session.io);
        const { from, dedupeKey = null } = options;
        const body = { type, payload, dedupe_key: dedupeKey, ...(from === undefined ? {} : { source: from }) };
        const { paint, io } = session;
        return session.withGateway('read', async ({ request }) => {
          const answer = await request<RouteTestAnswer>('POST', '/api/v1/routes/test', body);
          session.show(answer, ({ decisions, jobs }) =>
            [
              ...decisionLines(decisions, paint),
              jobs.length === 0 ? 'no jobs\n' : 'would run\n',
              ...jobs.map((job) => {
                const name = `  ${job.instance} ${job.command} `;
                return `${paint('strong', name)}${jsonText(job.payload, { indent: name.length, columns: io.stdout.columns })}\n`;
              }),
            ].join(''),
          );
          return 0;
        });
      }),
    );
};

interface ListAnswer {
  readonly routes: readonly RouteAnswer[];
}

const COLUMNS: readonly Column[] = [
  { head: 'ROUTE', least: 16 },
  { head: 'ON', least: 16 },
  { head: 'FROM', optional: true },
  { head: 'IF', least: 12 },
  { head: 'TO', least: 12 },
  { head: 'AFTER', optional: true },
];

function routeTable(routes: readonly RouteAnswer[], { io }: Session): string {
  if (routes.length === 0) return 'no routes\n';
  const rows = routes.map((one) => [
    one.route,
    one.event_type,
    one.from ?? '',
    one.when ?? '',
    one.to.map(({ instance, command }) => `${instance} ${command}`).join(', '),
    one.delay_ms === 0 ? '' : formatDuration(one.delay_ms),
  ]);
  return table(COLUMNS, rows, io.stdout.columns);
}
